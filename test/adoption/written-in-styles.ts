import { Document, type ToStringOptions } from 'yaml'
import { validManifests } from '../support/cluster-manifests.ts'

/** Writes objects as the text of a file. */
type Style = (objects: readonly object[]) => string

const written =
  (options: ToStringOptions): Style =>
  (objects) =>
    objects.map((object) => yaml(object, options)).join('---\n')
const documents = written({})
const list = (objects: readonly object[]) => ({ apiVersion: 'v1', kind: 'List', items: objects })

/** Ways to write manifests, by the names of files. */
const styles: Readonly<Record<string, Style>> = {
  'block.yaml': documents,
  'flat-lists.yaml': written({ indentSeq: false }),
  'four-spaces.yml': written({ indent: 4 }),
  'double-quotes.yaml': written({ defaultStringType: 'QUOTE_DOUBLE' }),
  'single-quotes.yaml': written({ defaultStringType: 'QUOTE_SINGLE', singleQuote: true, indentSeq: false }),
  'braces.yaml': written({ collectionStyle: 'flow' }),
  'tight-braces.yaml': written({ collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }),
  'windows.yaml': (objects) => documents(objects).replaceAll('\n', '\r\n'),
  'byte-order-mark.yaml': (objects) => `\uFEFF${documents(objects)}`,
  'no-last-line-end.yaml': (objects) => documents(objects).trimEnd(),
  'comments.yaml': (objects) =>
    `# All of it\n---\n${documents(objects)
      .replaceAll(/(?<=:)$/gm, ' # of it: {more}')
      .replaceAll(/^---$/gm, '\n# The end\n--- # The next\n')}`,
  'document-ends.yaml': (objects) => objects.map((object) => `${yaml(object, {})}...\n`).join('---\n'),
  'list.yaml': (objects) => yaml(list(objects), {}),
  'lines.json': (objects) => objects.map((object) => `${JSON.stringify(object)}\n`).join(''),
  'tabs.json': (objects) => objects.map((object) => JSON.stringify(object, undefined, '\t')).join('\n'),
  'list.json': (objects) => `${JSON.stringify(list(objects), undefined, 2)}\n`
}

function yaml(object: object, options: ToStringOptions): string {
  return new Document(object, { aliasDuplicateObjects: false }).toString(options)
}

/** What readers of YAML differ about: each is a Deployment that lacks a probe, a hook and spreading, and its budget. */
const byHand: Readonly<Record<string, string>> = {
  'numbers.yaml': `
      volumes:
      - {name: octal, secret: {secretName: a, defaultMode: 0400}}
      - {name: other, secret: {secretName: a, defaultMode: 0o400}}
      - name: hex
        emptyDir: {sizeLimit: 0x10}
      - name: last
        emptyDir: {sizeLimit: 1_000}
`,
  'truths.yaml': `
      hostNetwork: no
      automountServiceAccountToken: off
      enableServiceLinks: Yes
      volumes:
      - name: 'y'
        emptyDir: {sizeLimit: "on"}
      - name: "no"
        csi: {driver: n, readOnly: On}
`,
  'block-text.yaml': `
      hostname: |-
        web
      volumes:
      - name: text
        downwardAPI: {items: []}
      schedulerName: >-
        default-scheduler
      subdomain: |+
        text
        # no comment

`,
  'last-is-text.yaml': `
      nodeName: |
          text
          --- no separator
`,
  'nulls.yaml': `
      topologySpreadConstraints:
      volumes: ~
      nodeSelector: null
`,
  'strange-keys.yaml': `
      nodeSelector:
        1: "1"
        yes: "yes"
        ? long
        : "x"
        "quoted: key": 'it''s'
        1.5: '1.5'
`
}

const merged = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: &metadata
  name: web
  namespace: ${name}
spec:
  replicas: 3
  selector: {matchLabels: &labels {app: web}}
  template:
    metadata:
      labels:
        app: not this
        <<: *labels
        tier: &tier front
    spec:
      nodeSelector: {tier: *tier}
      containers:
      - name: web
        image: "web:1"
        resources: &resources
          requests: {cpu: 100m, memory: 64Mi}
        ports: [{containerPort: 8080}]
      - name: side
        image: side:1
        resources:
          <<: *resources
          limits: {memory: 128Mi}
`

const deployment = (name: string, more: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${name}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: web:1
        ports:
        - containerPort: 8080${more}`

export function nameOf(file: string): string {
  return file.replace('.', '-')
}

/** Manifests of our own in many styles, by file; the namespace of its objects names the file. Each style has every fifth manifest. */
export function writtenInStyles(): Map<string, string> {
  const manifests = validManifests()
  const files = Object.entries(styles).map(([file, write], style): [string, string] => {
    const namespace = nameOf(file)
    const some = manifests.filter((_, index) => index % 5 === style % 5)
    return [file, write(some.map((one) => ({ ...one, metadata: { ...one.metadata, namespace } })))]
  })
  const others = Object.entries(byHand).map(([file, more]): [string, string] => [file, deployment(nameOf(file), more)])
  return new Map([...files, ...others, ['merge-keys.yaml', merged(nameOf('merge-keys.yaml'))]])
}
