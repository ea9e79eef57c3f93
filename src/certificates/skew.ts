/** How far clocks may be apart: what was made just now is valid since then, and is taken that much too early. */
export const clockSkewMs = 5 * 60_000
