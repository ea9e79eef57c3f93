// Command peers judges reviews by the engines of another admission webhook, and says what that costs.
//
//	peers <file with an AdmissionReview>...
//
// For each line `<engine> <number of the file> <times>` on standard input it prints a line of JSON: CPU time for each time, and which
// checks were violated. It first prints which engines it has, and how many checks.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	constraints "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	regoschema "github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego/schema"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel"
	celschema "github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel/schema"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	apiruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

const enforcementPoint = "validation.gatekeeper.sh"

// engine is one way of Gatekeeper to run checks.
type engine struct {
	name   string
	driver func() (drivers.Driver, error)
	source func(check) (language string, source map[string]any)
}

var engines = []engine{
	{
		name: "Rego",
		// As Gatekeeper starts it, but for external data.
		driver: func() (drivers.Driver, error) {
			return rego.New(rego.Tracing(false), rego.DisableBuiltins("http.send"), rego.Externs())
		},
		source: func(c check) (string, map[string]any) {
			return regoschema.Name, map[string]any{"version": "v1", "rego": c.rego}
		},
	},
	{
		name:   "CEL",
		driver: func() (drivers.Driver, error) { return k8scel.New() },
		source: func(c check) (string, map[string]any) {
			validation := map[string]any{"expression": c.cel, "messageExpression": c.message}
			return celschema.Name, map[string]any{"validations": []any{validation}}
		},
	},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run() error {
	var bodies [][]byte
	for _, file := range os.Args[1:] {
		body, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		bodies = append(bodies, body)
	}
	clients := map[string]*constraints.Client{}
	var names []string
	for _, e := range engines {
		client, err := start(e)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		clients[e.name] = client
		names = append(names, e.name)
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]any{"engines": names, "checks": len(checks), "versions": versions()}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var name string
		var file, times int
		_, err := fmt.Sscan(lines.Text(), &name, &file, &times)
		if err != nil || clients[name] == nil || file < 0 || file >= len(bodies) || times < 1 {
			return fmt.Errorf("not an engine, a file and a number: %q", lines.Text())
		}
		batch, err := measure(clients[name], bodies[file], times)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := out.Encode(batch); err != nil {
			return err
		}
	}
	return nil
}

// versions names the modules that are measured.
func versions() string {
	info, _ := debug.ReadBuildInfo()
	named := []string{runtime.Version()}
	for _, module := range info.Deps {
		switch module.Path {
		case "github.com/open-policy-agent/gatekeeper/v3", "github.com/open-policy-agent/opa", "github.com/google/cel-go":
			named = append(named, path.Base(strings.TrimSuffix(module.Path, "/v3"))+" "+module.Version)
		}
	}
	return strings.Join(named, ", ")
}

func start(e engine) (*constraints.Client, error) {
	driver, err := e.driver()
	if err != nil {
		return nil, err
	}
	client, err := constraints.NewClient(
		constraints.Targets(&target.K8sValidationTarget{}),
		constraints.Driver(driver),
		constraints.EnforcementPoints(enforcementPoint),
	)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	for _, c := range checks {
		if _, err := client.AddTemplate(ctx, templateOf(e, c)); err != nil {
			return nil, fmt.Errorf("%s: %w", c.id, err)
		}
		if _, err := client.AddConstraint(ctx, constraintOf(c)); err != nil {
			return nil, fmt.Errorf("%s: %w", c.id, err)
		}
	}
	return client, nil
}

func templateOf(e engine, c check) *templates.ConstraintTemplate {
	language, source := e.source(c)
	legacy := false
	template := &templates.ConstraintTemplate{}
	template.Name = strings.ToLower(c.kind)
	template.Spec.CRD.Spec.Names.Kind = c.kind
	template.Spec.CRD.Spec.Validation = &templates.Validation{LegacySchema: &legacy}
	template.Spec.Targets = []templates.Target{{
		Target: target.Name,
		Code:   []templates.Code{{Engine: language, Source: &templates.Anything{Value: source}}},
	}}
	return template
}

func constraintOf(c check) *unstructured.Unstructured {
	kinds := map[string]any{"apiGroups": []any{"apps"}, "kinds": []any{"Deployment"}}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1",
		"kind":       c.kind,
		"metadata":   map[string]any{"name": c.id},
		"spec":       map[string]any{"match": map[string]any{"kinds": []any{kinds}}},
	}}
}

// batch is what a review took, in the mean, and what it was found to violate.
type batch struct {
	Microseconds float64  `json:"microseconds"`
	Violated     []string `json:"violated"`
}

func measure(client *constraints.Client, body []byte, times int) (batch, error) {
	var last answer
	before := cpuMicroseconds()
	for range times {
		var err error
		if last, err = judge(client, body); err != nil {
			return batch{}, err
		}
	}
	took := cpuMicroseconds() - before
	return batch{took / float64(times), last.violated}, nil
}

type answer struct {
	body     []byte
	violated []string
}

var deserializer = serializer.NewCodecFactory(apiruntime.NewScheme()).UniversalDeserializer()

// judge turns the body of a call into its answer, as Gatekeeper's webhook does.
func judge(client *constraints.Client, body []byte) (answer, error) {
	review := admissionv1.AdmissionReview{}
	if _, _, err := deserializer.Decode(body, nil, &review); err != nil {
		return answer{}, err
	}
	request := review.Request
	augmented := &target.AugmentedReview{
		AdmissionRequest: request,
		Namespace:        &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: request.Namespace}},
		Source:           types.SourceTypeOriginal,
		IsAdmission:      true,
	}
	responses, err := client.Review(context.Background(), augmented, reviews.EnforcementPoint(enforcementPoint))
	if err != nil {
		return answer{}, err
	}
	messages, violated := []string{}, []string{}
	for _, result := range responses.Results() {
		id := result.Constraint.GetName()
		messages = append(messages, fmt.Sprintf("[%s] %s", id, result.Msg))
		if !slices.Contains(violated, id) {
			violated = append(violated, id)
		}
	}
	slices.Sort(violated)
	response := &admissionv1.AdmissionResponse{UID: request.UID, Allowed: len(messages) == 0}
	if !response.Allowed {
		response.Result = &metav1.Status{Reason: metav1.StatusReasonForbidden, Code: 403, Message: strings.Join(messages, "\n")}
	}
	text, err := json.Marshal(admissionv1.AdmissionReview{TypeMeta: review.TypeMeta, Response: response})
	return answer{text, violated}, err
}

// cpuMicroseconds is the user and system time of this process, in all its threads: garbage collection counts, too.
func cpuMicroseconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	of := func(time syscall.Timeval) float64 { return float64(time.Sec)*1e6 + float64(time.Usec) }
	return of(usage.Utime) + of(usage.Stime)
}
