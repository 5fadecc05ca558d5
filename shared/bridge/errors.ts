/** A model file that cannot be served, with the reason: damaged, or of a kind that has no exact conversion. */
export class ModelFormatError extends Error {
  override readonly name = 'ModelFormatError';
}
