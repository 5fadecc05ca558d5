import { MODEL_FILE } from '../../../shared/bundle/bundle.ts';
import { type ImportedParity, importedParitySchema } from '../../../shared/bundle/manifest.ts';
import type { Converted } from '../convert.ts';
import { proveImported } from '../imported.ts';
import type { Member } from '../members.ts';
import type { Step } from './step.ts';

export interface ImportInputs {
  readonly members: readonly Member[];
  readonly converted: Converted;
}

/** Lets the warehouse run the model that parity has proven, and compare for itself. */
export const importStep: Step<ImportInputs, ImportedParity> = {
  name: 'import',
  result: importedParitySchema,
  run: (context, plan, { members, converted: { inputs, files } }) =>
    proveImported(context, plan, members, inputs, files.get(MODEL_FILE)!),
};
