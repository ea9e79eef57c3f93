import type { NetworkInterfaceInfo } from 'node:os'
import t from 'tap'
import { anyAddress, toAuthority } from '../../src/commands/process/listen.ts'

const four = { address: '127.0.0.1', family: 'IPv4' } as NetworkInterfaceInfo
const six = { address: '::1', family: 'IPv6' } as NetworkInterfaceInfo

void t.test('every address is IPv6 and IPv4 where there is IPv6, else IPv4', async (test) => {
  test.equal(anyAddress({ lo: [four, six] }), '::')
  test.equal(anyAddress({ lo: [four], eth0: [six] }), '::')
  test.equal(anyAddress({ lo: [four] }), '0.0.0.0')
  test.equal(anyAddress({}), '0.0.0.0')
})

void t.test('an authority of a URL', async (test) => {
  test.equal(toAuthority('127.0.0.1', 8443), '127.0.0.1:8443')
  test.equal(toAuthority('::1', 8443), '[::1]:8443')
})
