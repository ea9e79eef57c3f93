// Command node holds what a Kubernetes node runs: kubelet and kube-proxy. It is a module of its own,
// so that the control plane, which every cluster test needs, is built without it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

var components = map[string]func() *cobra.Command{
	"kubelet":    func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"kube-proxy": proxy.NewProxyCommand,
}

func main() {
	if len(os.Args) < 2 || components[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: node kubelet|kube-proxy [flags]")
		os.Exit(2)
	}
	build := components[os.Args[1]]
	os.Args = os.Args[1:]
	if os.Getenv("CONTROL_PLANE_STDIN") == "lifeline" {
		go exitWhenInputEnds()
	}
	os.Exit(cli.Run(build()))
}

// exitWhenInputEnds leaves no orphan behind a harness that was killed and could not clean up:
// its end of the pipe closes with it.
func exitWhenInputEnds() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}
