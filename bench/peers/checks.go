package main

// check is one of Holdfast's policies, as far as each engine can express it: without facts of the cluster and without remedies.
type check struct {
	// id is that of Holdfast's policy; kind names the constraint.
	id, kind string
	// rego is a module that defines `violation`; cel is true where there is none, and message names them.
	rego, cel, message string
}

var checks = []check{
	{
		id: "min-replicas", kind: "MinReplicas",
		rego: `package minreplicas

violation contains {"msg": msg} if {
	replicas := object.get(input.review.object.spec, "replicas", 1)
	replicas < 2
	msg := sprintf("spec.replicas: runs %d replicas; set it to 2 or more", [replicas])
}
`,
		cel:     `has(object.spec.replicas) && object.spec.replicas >= 2`,
		message: `"spec.replicas: set it to 2 or more"`,
	},
	{
		id: "readiness-probe", kind: "ReadinessProbe",
		rego: `package readinessprobe

violation contains {"msg": msg} if {
	some container in input.review.object.spec.template.spec.containers
	count(container.ports) > 0
	not container.readinessProbe
	msg := sprintf("containers[name=%s].readinessProbe: is missing; add one", [container.name])
}
`,
		cel: `object.spec.template.spec.containers.all(c, !has(c.ports) || size(c.ports) == 0 || has(c.readinessProbe))`,
		message: `"readinessProbe: is missing in " + object.spec.template.spec.containers
			.filter(c, has(c.ports) && size(c.ports) > 0 && !has(c.readinessProbe)).map(c, c.name).join(", ")`,
	},
	{
		id: "pre-stop-sleep", kind: "PreStopSleep",
		rego: `package prestopsleep

violation contains {"msg": msg} if {
	some container in input.review.object.spec.template.spec.containers
	count(container.ports) > 0
	not container.lifecycle.preStop
	msg := sprintf("containers[name=%s].lifecycle.preStop: is missing; add a sleep", [container.name])
}
`,
		cel: `object.spec.template.spec.containers.all(c, !has(c.ports) || size(c.ports) == 0 || has(c.lifecycle) && has(c.lifecycle.preStop))`,
		message: `"lifecycle.preStop: is missing in " + object.spec.template.spec.containers
			.filter(c, has(c.ports) && size(c.ports) > 0 && !(has(c.lifecycle) && has(c.lifecycle.preStop))).map(c, c.name).join(", ")`,
	},
	{
		id: "topology-spread", kind: "TopologySpread",
		rego: `package topologyspread

violation contains {"msg": msg} if {
	constraints := object.get(input.review.object.spec.template.spec, "topologySpreadConstraints", [])
	count(constraints) == 0
	msg := "spec.template.spec.topologySpreadConstraints: is missing; spread over zones and nodes"
}
`,
		cel:     `has(object.spec.template.spec.topologySpreadConstraints) && size(object.spec.template.spec.topologySpreadConstraints) > 0`,
		message: `"topologySpreadConstraints: is missing; spread over zones and nodes"`,
	},
	{
		id: "pinned-image", kind: "PinnedImage",
		rego: `package pinnedimage

violation contains {"msg": msg} if {
	some container in input.review.object.spec.template.spec.containers
	floats(container.image)
	msg := sprintf("containers[name=%s].image: %s changes; name a version", [container.name, container.image])
}

floats(image) if endswith(image, ":latest")

floats(image) if {
	parts := split(image, "/")
	not contains(parts[count(parts) - 1], ":")
	not contains(image, "@")
}
`,
		cel: `object.spec.template.spec.containers.all(c, c.image.contains("@") || c.image.matches(":[^/:]+$") && !c.image.endsWith(":latest"))`,
		message: `"image: name a version in " + object.spec.template.spec.containers
			.filter(c, !(c.image.contains("@") || c.image.matches(":[^/:]+$") && !c.image.endsWith(":latest"))).map(c, c.name).join(", ")`,
	},
	{
		id: "resource-requests", kind: "ResourceRequests",
		rego: `package resourcerequests

violation contains {"msg": msg} if {
	some container in input.review.object.spec.template.spec.containers
	some resource in ["cpu", "memory"]
	not container.resources.requests[resource]
	msg := sprintf("containers[name=%s].resources.requests: requests no %s", [container.name, resource])
}
`,
		cel: `object.spec.template.spec.containers.all(c, has(c.resources) && has(c.resources.requests) && "cpu" in c.resources.requests && "memory" in c.resources.requests)`,
		message: `"resources.requests: no cpu or no memory in " + object.spec.template.spec.containers
			.filter(c, !(has(c.resources) && has(c.resources.requests) && "cpu" in c.resources.requests && "memory" in c.resources.requests)).map(c, c.name).join(", ")`,
	},
}
