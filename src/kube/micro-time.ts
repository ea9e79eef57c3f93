/** An instant as metav1.MicroTime is written: with six digits of a second. */
export function toMicroTime(at: Date): string {
  return at.toISOString().replace('Z', '000Z')
}
