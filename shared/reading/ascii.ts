/** The text of bytes that are all ASCII. */
export const asciiText = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.prototype.latin1Slice.call(bytes, start, end);
