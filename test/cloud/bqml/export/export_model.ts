import { readFile } from 'node:fs/promises';
import type { ObjectStore } from '../../bigquery/ports.ts';
import { invalidQuery, unsupported } from '../../errors.ts';
import type { Model } from '../model/model.ts';
import { metadataFile, vocabularyFiles } from './assets.ts';
import { writeLegacyBinary } from './legacy_binary.ts';

/**
 * EXPORT MODEL of a tree model: `model.bst`, `assets/` and `main.py` below a Cloud Storage URI.
 * @throws {ApiError} unsupported for linear models, invalidQuery for a bad URI, and what the store
 *   says of a missing bucket.
 */
export async function exportModel(model: Model, uri: string, store: ObjectStore): Promise<void> {
  const { bucket, folder } = parseUri(uri);
  const files = await exportedFiles(model);
  for (const [name, { bytes, type }] of files) {
    await store.write(bucket, folder + name, bytes, type);
  }
}

function parseUri(uri: string): { bucket: string; folder: string } {
  const match = /^gs:\/\/([^/]+)(?:\/(.*))?$/.exec(uri);
  if (!match || uri.includes('*')) {
    throw invalidQuery(`Invalid URI ${uri}: expected gs://bucket/folder without wildcards.`);
  }
  const folder = match[2] ?? '';
  return {
    bucket: match[1]!,
    folder: folder === '' || folder.endsWith('/') ? folder : `${folder}/`,
  };
}

interface File {
  readonly bytes: Uint8Array;
  readonly type: string;
}

async function exportedFiles(model: Model): Promise<Map<string, File>> {
  const { body, settings } = model;
  if (body.kind !== 'trees') {
    const advice = 'read its weights with ML.WEIGHTS instead';
    throw unsupported(`EXPORT MODEL of ${settings.type.name}, a TensorFlow SavedModel: ${advice}`);
  }
  const files = new Map<string, File>();
  for (const [name, text] of vocabularyFiles(model.features, body.encodings)) {
    files.set(`assets/${name}`, textFile(text, 'text/plain'));
  }
  const metadata = metadataFile(model, body.encodings);
  files.set('assets/model_metadata.json', textFile(metadata, 'application/json'));
  const main = await readFile(new URL('main.py', import.meta.url));
  files.set('main.py', { bytes: main, type: 'text/x-python' });
  files.set('model.bst', { bytes: boosterFile(model), type: 'application/octet-stream' });
  return files;
}

const textFile = (text: string, type: string): File => ({ bytes: Buffer.from(text), type });

function boosterFile({ body, settings }: Model): Uint8Array {
  if (body.kind !== 'trees') throw new TypeError('A linear model has no booster.');
  const isForest = settings.type.family === 'random forest';
  const isModern = settings.text('XGBOOST_VERSION') === '1.1';
  const isClassifier = settings.type.task === 'classification';
  const regression = isModern ? 'reg:squarederror' : 'reg:linear';
  return writeLegacyBinary(
    {
      ...body.booster,
      objective: isClassifier ? 'multi:softprob' : regression,
      version: isModern ? [1, 1] : [0, 0],
    },
    {
      booster: !isForest && settings.text('BOOSTER_TYPE') === 'DART' ? 'dart' : 'gbtree',
      metrics: [isClassifier ? 'mlogloss' : 'rmse'],
      learnRate:
        (isForest ? 1 : settings.number('LEARN_RATE')) / settings.number('NUM_PARALLEL_TREE'),
      l2Reg: settings.number('L2_REG'),
    },
  );
}
