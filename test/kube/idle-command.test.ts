import t from 'tap'
import { isIdle } from '../../src/kube/idle-command.ts'

const idle: Readonly<Record<string, readonly string[]>> = {
  'a sleep': ['sleep', 'infinity'],
  'a sleep by its path': ['/bin/sleep', '3600'],
  'a tail': ['tail', '-f', '/dev/null'],
  'a sleep under an init program': ['/usr/bin/tini', '-s', '--', 'sleep', 'infinity'],
  'a command that ends at once': ['true'],
  'a shell that sleeps': ['sh', '-c', 'sleep infinity'],
  'a shell that writes and sleeps': ['/bin/sh', '-c', 'date > /data/x; sleep infinity'],
  'a shell that sleeps in a loop': ['bash', '-ec', 'while true; do date >> /data/x; sleep 1; done'],
  'a loop over lines': ['sh', '-c', 'while :\ndo\n  echo hi\n  sleep 5\ndone\n'],
  'a shell that waits for a signal': ['sh', '-c', "trap : TERM INT; echo 'Hi' && tail -f /dev/null & wait"],
  'an empty script': ['sh', '-c', '']
}

const busy: Readonly<Record<string, readonly string[]>> = {
  'the command of the image': [],
  'a server': ['/app/server', '--port=8080'],
  'a program whose name begins alike': ['sleeper'],
  'a script in a file': ['sh', '/app/start.sh'],
  'a shell without a script': ['sh', '-c'],
  'a server after a sleep': ['sh', '-c', 'sleep 5; exec ./server'],
  'a server in the background': ['sh', '-c', 'nginx & tail -f /dev/null'],
  'a server behind a pipe': ['sh', '-c', 'cat page | nc -lk -p 8080'],
  'a server in a substitution': ['sh', '-c', 'echo $(./server)'],
  'a server with a variable': ['sh', '-c', 'PORT=8080 ./server'],
  'a script that another shell reads': ['sh', '-c', 'cat start.sh | sh'],
  'an init program with a server': ['tini', '--', './server'],
  'an init program alone': ['dumb-init']
}

void t.test('isIdle', (test) => {
  for (const [fact, line] of Object.entries(idle)) {
    test.equal(isIdle({ command: line }), true, fact)
    test.equal(isIdle({ args: line }), true, `${fact}, as arguments`)
    test.equal(isIdle({ command: line.slice(0, 1), args: line.slice(1) }), true, `${fact}, in two parts`)
  }
  for (const [fact, line] of Object.entries(busy)) test.equal(isIdle({ command: line }), false, fact)
  test.equal(isIdle({}), false, 'nothing is written')
  test.equal(isIdle({ command: 'sleep' }), false, 'no list of words')
  test.end()
})
