import t from 'tap'
import { parseImage } from '../../src/kube/image.ts'

const digest = `sha256:${'ab'.repeat(32)}`

void t.test('a reference to an image has a tag, a digest, both or none', (test) => {
  const cases: Readonly<Record<string, { tag?: string; digest?: string }>> = {
    web: {},
    'web:1.25': { tag: '1.25' },
    'team/web': {},
    'docker.io/library/web:1': { tag: '1' },
    'registry.example:5000/web': {},
    'registry.example:5000/web:2': { tag: '2' },
    'registry:5000': { tag: '5000' },
    'localhost/web': {},
    'Registry.Example/web': {},
    '10.0.0.1:5000/a__b/c--d/e.f:v1': { tag: 'v1' },
    '[2001:db8::1]:5000/web:2': { tag: '2' },
    [`web@${digest}`]: { digest },
    [`registry.example:5000/web:2@${digest}`]: { tag: '2', digest }
  }
  for (const [text, { tag, digest: of }] of Object.entries(cases)) {
    test.strictSame(parseImage(text), { tag, digest: of }, text)
  }
  test.end()
})

void t.test('what no kubelet would pull is no reference', (test) => {
  const texts = [
    '',
    ' ',
    'Web',
    'registry.example/TEAM/web',
    'ko://example.com/cmd',
    '${IMAGE}',
    '{{ .Values.image }}:1',
    'web:',
    'web:a b',
    'web:1:2',
    `web:${'x'.repeat(129)}`,
    'web@',
    'web@sha256',
    'web@sha256:abc',
    '/web',
    'team//web',
    'web/',
    `${'x/'.repeat(100_000)}x`
  ]
  for (const text of texts) test.equal(parseImage(text), undefined, text.slice(0, 40))
  test.end()
})
