// A process of its own, so that what it takes is not in the way of those who measure: attacker.ts NAME PORT HEALTH_PORT HELD_MS
import { attacks, attackWith } from './attacks.ts'

const [name = '', reviews, health, heldMs] = process.argv.slice(2)
const attack = attacks[name]
if (attack === undefined) throw new Error(`no attack is named ${name}`)
await attackWith(attack, { reviews: Number(reviews), health: Number(health) }, Number(heldMs))
process.exit(0)
