import { createHash } from 'node:crypto';
import type { DatasetRef, ModelRef } from '../../bigquery/names.ts';
import type { Clock } from '../../clock.ts';
import type { Documents } from '../../state/documents.ts';
import { settingsFromJson } from '../options/settings.ts';
import { decode, encode } from './codec.ts';
import { isImported, keyOf, type StoredModel } from './model.ts';

/**
 * The trained models, all in memory and each in a document of its own, so that a restart finds them
 * as they were. A model whose expiration time has come is gone; its document goes at the next start.
 */
export class ModelStore {
  private readonly documents: Documents;
  private readonly clock: Pick<Clock, 'now'>;
  private readonly models = new Map<string, StoredModel>();

  private constructor(documents: Documents, clock: Pick<Clock, 'now'>) {
    this.documents = documents;
    this.clock = clock;
  }

  /** @throws {CorruptDocument} naming the file of a model that can't be read. */
  static async open(documents: Documents, clock: Pick<Clock, 'now'>): Promise<ModelStore> {
    const store = new ModelStore(documents, clock);
    for (const name of await documents.list(FOLDER)) {
      const model = fromJson(await documents.load(name));
      if (store.isLive(model)) store.models.set(keyOf(model.ref), model);
      else await documents.remove(name);
    }
    return store;
  }

  get(ref: ModelRef): StoredModel | undefined {
    const model = this.models.get(keyOf(ref));
    return model && this.isLive(model) ? model : undefined;
  }

  /** Models of a dataset by name. */
  list({ projectId, datasetId }: DatasetRef): StoredModel[] {
    return [...this.models.values()]
      .filter(({ ref }) => ref.projectId === projectId && ref.datasetId === datasetId)
      .filter((model) => this.isLive(model))
      .sort((a, b) => (a.ref.modelId < b.ref.modelId ? -1 : 1));
  }

  /** Resolves when the model will survive a crash. */
  async put(model: StoredModel): Promise<void> {
    await this.documents.save(documentOf(model.ref), toJson(model));
    this.models.set(keyOf(model.ref), model);
  }

  async remove(ref: ModelRef): Promise<void> {
    this.models.delete(keyOf(ref));
    await this.documents.remove(documentOf(ref));
  }

  private isLive({ metadata }: StoredModel): boolean {
    return (metadata.expirationTime ?? Number.POSITIVE_INFINITY) > this.clock.now();
  }
}

const FOLDER = 'models';

/** A model's name may be longer than a file's, so the file is named by its hash. */
const documentOf = (ref: ModelRef): string =>
  `${FOLDER}/${createHash('sha256').update(keyOf(ref)).digest('hex')}`;

const toJson = (model: StoredModel): unknown =>
  encode({
    version: 1,
    ...model,
    ...(isImported(model) ? {} : { settings: model.settings.toJson() }),
  });

function fromJson(json: unknown): StoredModel {
  const { version, ...model } = decode(json) as Record<string, unknown>;
  if (version !== 1) throw new TypeError(`A model of version ${version} can't be read.`);
  const kept = model as unknown as StoredModel;
  if (isImported(kept)) return kept;
  return { ...kept, settings: settingsFromJson(model.settings as Record<string, unknown>) };
}
