import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { issueServingCertificate } from '../src/certificates/issue.ts'

const usage = `Writes ca.crt, tls.crt and tls.key for trying Holdfast out.

  node certs/development.ts --out DIRECTORY [--name DNS-NAME]… [--address IP]… [--days N]

Without names and addresses the certificate is for localhost, 127.0.0.1 and the Service holdfast-webhook in holdfast-system.`

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    name: { type: 'string', multiple: true, default: ['localhost', 'holdfast-webhook.holdfast-system.svc'] },
    address: { type: 'string', multiple: true, default: ['127.0.0.1'] },
    days: { type: 'string', default: '30' }
  }
})
const { out, name, address } = values
const days = Number(values.days)
if (out === undefined || !Number.isInteger(days) || days < 1) {
  console.error(usage)
  process.exit(2)
}
const { caCertificate, certificate, key } = await issueServingCertificate({ names: name, addresses: address, days })
await mkdir(out, { recursive: true })
await writeFile(join(out, 'ca.crt'), caCertificate)
await writeFile(join(out, 'tls.crt'), certificate)
await writeFile(join(out, 'tls.key'), key, { mode: 0o600 })
console.log(`wrote ca.crt, tls.crt and tls.key to ${out}`)
