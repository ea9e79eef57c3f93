package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"go.etcd.io/etcd/server/v3/embed"
)

// runEtcd serves one throwaway member. It takes the few flags of etcd's own command that the tests use,
// so that a real etcd can stand in for it.
func runEtcd() int {
	config := embed.NewConfig()
	config.LogLevel = "warn"
	flags := flag.NewFlagSet("etcd", flag.ExitOnError)
	flags.StringVar(&config.Dir, "data-dir", "", "data directory")
	flags.BoolVar(&config.UnsafeNoFsync, "unsafe-no-fsync", false, "do not wait for the disk")
	urls := map[string]*[]url.URL{
		"listen-client-urls":          &config.ListenClientUrls,
		"advertise-client-urls":       &config.AdvertiseClientUrls,
		"listen-peer-urls":            &config.ListenPeerUrls,
		"initial-advertise-peer-urls": &config.AdvertisePeerUrls,
	}
	for name, target := range urls {
		flags.Func(name, "one URL", func(value string) error {
			parsed, err := url.Parse(value)
			if err == nil {
				*target = []url.URL{*parsed}
			}
			return err
		})
	}
	flags.StringVar(&config.InitialCluster, "initial-cluster", "", "name=peer URL")
	_ = flags.Parse(os.Args[1:])
	if err := serve(config); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		return 1
	}
	return 0
}

func serve(config *embed.Config) error {
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	defer server.Close()

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	select {
	case <-stop:
		return nil
	case err := <-server.Err():
		return err
	}
}
