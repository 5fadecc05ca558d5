/** Arrays that a training thread reads where they are, instead of a copy of its own. */

export const sharedFloat32 = (length: number): Float32Array =>
  new Float32Array(new SharedArrayBuffer(4 * length));

export const sharedFloat64 = (length: number): Float64Array =>
  new Float64Array(new SharedArrayBuffer(8 * length));
