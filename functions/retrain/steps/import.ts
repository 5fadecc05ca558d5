import { MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { type ImportedParity, importedParitySchema } from '../../../shared/bundle/manifest.ts';
import type { Converted } from '../convert.ts';
import { proveImported } from '../imported.ts';
import type { Step } from './step.ts';

/** Lets the warehouse run the model that parity has proven, and compare for itself. */
export const importStep: Step<Converted, ImportedParity> = {
  name: 'import',
  result: importedParitySchema,
  run: (context, plan, { inputs, files }) =>
    proveImported(context, plan, inputs, files.get(MODEL_FILE)!),
};
