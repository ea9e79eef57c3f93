// Command app stands for the applications that people run: it takes a while to start, serves HTTP, and stops well or badly.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

func main() {
	address := flag.String("address", ":8080", "where it serves")
	start := flag.Duration("start", 0, "how long it takes until it listens")
	graceful := flag.Bool("graceful", false, "on SIGTERM send clients away for a second and finish what is in hand, instead of ending at once")
	flag.Parse()

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	if !*graceful {
		go func() {
			<-stop
			os.Exit(0)
		}()
	}
	time.Sleep(*start)

	var leaving atomic.Bool
	server := &http.Server{Handler: handler(&leaving)}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	done := make(chan struct{})
	if *graceful {
		go func() {
			<-stop
			// Whoever comes on a kept connection is told to use another one: a connection that is closed while it looks
			// idle may have a request under way.
			leaving.Store(true)
			time.Sleep(time.Second)
			_ = server.Shutdown(context.Background())
			close(done)
		}()
	}
	_ = server.Serve(listener)
	<-done
}

func handler(leaving *atomic.Bool) http.Handler {
	// When it is healthy again.
	var sickUntil atomic.Pointer[time.Time]
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		if leaving.Load() {
			w.Header().Set("Connection", "close")
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("/sicken", func(w http.ResponseWriter, request *http.Request) {
		// For ever, unless it is told for how long.
		until := time.Now().AddDate(1, 0, 0)
		if length, err := time.ParseDuration(request.URL.Query().Get("for")); err == nil {
			until = time.Now().Add(length)
		}
		sickUntil.Store(&until)
	})
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if until := sickUntil.Load(); until != nil && time.Now().Before(*until) {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	return mux
}
