// Command control-plane holds every binary of a small Kubernetes cluster in one program.
// The first argument picks the component. Each runs as a process of its own,
// because feature gates, logging and metrics registries are global to a process.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

var components = map[string]func() int{
	"etcd":                    runEtcd,
	"kube-apiserver":          command(apiserver.NewAPIServerCommand),
	"kube-controller-manager": command(controllermanager.NewControllerManagerCommand),
	"kube-scheduler":          command(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubectl":                 runKubectl,
	"kwok":                    runKwok,
	"kwok-stages":             runKwokStages,
}

func main() {
	if len(os.Args) < 2 || components[os.Args[1]] == nil {
		fmt.Fprintf(os.Stderr, "usage: control-plane %s [flags]\n", strings.Join(names(), "|"))
		os.Exit(2)
	}
	run := components[os.Args[1]]
	os.Args = os.Args[1:]
	if os.Getenv("CONTROL_PLANE_STDIN") == "lifeline" {
		go exitWhenInputEnds()
	}
	os.Exit(run())
}

// exitWhenInputEnds leaves no orphan behind a test process that was killed and could not clean up:
// its end of the pipe closes with it.
func exitWhenInputEnds() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

func names() []string {
	all := make([]string, 0, len(components))
	for name := range components {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func command(build func() *cobra.Command) func() int {
	return func() int { return cli.Run(build()) }
}

func runKubectl() int {
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err)
	}
	return 0
}
