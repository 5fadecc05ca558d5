/** White space of JSON (RFC 8259 §2). */

const SPACE = 0x20;

export const isSpace = (byte: number): boolean =>
  byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Where the next byte is that is no space. @param bytes of which the last is none */
export function skipSpace(bytes: Uint8Array, at: number): number {
  // Mostly there is none, and one comparison tells.
  while (bytes[at]! <= SPACE && isSpace(bytes[at]!)) at++;
  return at;
}
