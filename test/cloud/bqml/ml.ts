import type { DatasetRef, ModelRef } from '../bigquery/names.ts';
import { describeModel } from '../bigquery/names.ts';
import type {
  Column,
  InputTable,
  MlCall,
  MlEngine,
  MlResult,
  MlStatement,
  ObjectStore,
  QueryContext,
  TrainingIteration,
} from '../bigquery/ports.ts';
import type { Field } from '../bigquery/types.ts';
import { type Clock, systemClock } from '../clock.ts';
import { duplicate, invalidQuery, notFound } from '../errors.ts';
import { fileDocuments, memoryDocuments } from '../state/documents.ts';
import { Turns } from '../state/turns.ts';
import { exportModel } from './export/export_model.ts';
import { functionNamed } from './functions/catalogue.ts';
import { type Answer, type CallShape, checkCall, type MlFunction } from './functions/function.ts';
import { TRAINING_INFO, trainingInfo } from './functions/info.ts';
import { answersOf, fieldsOf, trialOf } from './functions/trials.ts';
import { importOnnx } from './imported/onnx_model.ts';
import { describeImported, predictImported } from './imported/predict.ts';
import { isImported, keyOf, type Model, type StoredModel } from './model/model.ts';
import { patchMetadata } from './model/patch.ts';
import { modelResource, modelSummary } from './model/resource.ts';
import { ModelStore } from './model/store.ts';
import { settingsFromJson } from './options/settings.ts';
import { parseStatement } from './statements/parse.ts';
import { trainModel } from './training/train.ts';

export interface MlConfig {
  /** Where models are kept; in memory without. */
  readonly directory?: string;
  /** Where EXPORT MODEL writes. */
  readonly objectStore: ObjectStore;
  readonly clock?: Pick<Clock, 'now'>;
  /** What the resources say of their location; US unless given. */
  readonly location?: string;
}

/** The local BigQuery ML, with the models that its directory holds. */
export async function createMl(config: MlConfig): Promise<MlEngine & { stop(): Promise<void> }> {
  const documents = config.directory ? fileDocuments(config.directory) : memoryDocuments();
  const clock = config.clock ?? systemClock;
  return new LocalMl(config, await ModelStore.open(documents, clock), clock);
}

type CreateModel = Extract<MlStatement, { kind: 'CREATE_MODEL' }>;
type ImportModel = Extract<MlStatement, { kind: 'IMPORT_MODEL' }>;
type NewModel = Pick<CreateModel, 'model' | 'ifExists'>;

class LocalMl implements MlEngine {
  private readonly objectStore: ObjectStore;
  private readonly location: string;
  private readonly store: ModelStore;
  private readonly clock: Pick<Clock, 'now'>;
  /** Iterations of the models that are being trained, for ML.TRAINING_INFO. */
  private readonly inTraining = new Map<string, TrainingIteration[]>();
  private readonly stopping = new AbortController();
  private readonly trainings = new Set<Promise<unknown>>();
  /** Changes of a model come one after the other. */
  private readonly turns = new Turns();

  constructor(config: MlConfig, store: ModelStore, clock: Pick<Clock, 'now'>) {
    this.objectStore = config.objectStore;
    this.location = config.location ?? 'US';
    this.store = store;
    this.clock = clock;
  }

  parse(sql: string, context: { projectId: string; defaultDataset?: DatasetRef }) {
    return parseStatement(sql, context);
  }

  async create(
    statement: CreateModel,
    input: InputTable,
    context: QueryContext,
  ): Promise<'CREATE' | 'REPLACE' | 'SKIP'> {
    if (await this.isSkipped(statement)) return 'SKIP';
    return this.make(statement, () => this.train(statement, input, context));
  }

  async import(statement: ImportModel): Promise<'CREATE' | 'REPLACE' | 'SKIP'> {
    const { model, uri } = statement;
    if (await this.isSkipped(statement)) return 'SKIP';
    return this.make(statement, () => importOnnx(model, uri, this.objectStore, this.clock.now()));
  }

  /** Makes a model, which takes its time, and then puts it in its place. */
  private async make(
    statement: NewModel,
    work: () => Promise<StoredModel>,
  ): Promise<'CREATE' | 'REPLACE'> {
    this.refuseExisting(statement);
    const making = work();
    this.trainings.add(making);
    const model = await making.finally(() => this.trainings.delete(making));
    return this.turns.take(keyOf(model.ref), async () => {
      // Somebody else may have made it meanwhile.
      this.refuseExisting(statement);
      const replaced = this.exists(model.ref);
      await this.store.put(model);
      return replaced ? 'REPLACE' : 'CREATE';
    });
  }

  /** Puts a changed model in the place of the old one. */
  private change(ref: ModelRef, edit: (model: StoredModel) => StoredModel): Promise<void> {
    return this.turns.take(keyOf(ref), () =>
      this.store.put({ ...edit(this.modelOf(ref)), lastModifiedTime: this.clock.now() }),
    );
  }

  private async isSkipped({ model, ifExists }: NewModel): Promise<boolean> {
    if (ifExists !== 'skip' || !this.exists(model)) return false;
    // "The CREATE MODEL IF NOT EXISTS clause always updates the last modified timestamp."
    await this.change(model, (same) => same);
    return true;
  }

  private refuseExisting({ model, ifExists }: NewModel): void {
    if (ifExists !== 'replace' && this.store.get(model)) throw duplicate(describeModel(model));
  }

  private async train(
    { model, options }: CreateModel,
    input: InputTable,
    context: QueryContext,
  ): Promise<Model> {
    const settings = settingsFromJson(Object.fromEntries(options));
    const iterations: TrainingIteration[] = [];
    this.inTraining.set(keyOf(model), iterations);
    try {
      return await trainModel(model, settings, input, {
        signal: AbortSignal.any([context.signal, this.stopping.signal]),
        now: () => this.clock.now(),
        onIteration: (iteration) => {
          iterations.push(iteration);
          context.onTrainingIteration?.(iteration);
        },
      });
    } finally {
      if (this.inTraining.get(keyOf(model)) === iterations) this.inTraining.delete(keyOf(model));
    }
  }

  async export(model: ModelRef, uri: string, trialId?: number): Promise<void> {
    const found = this.modelOf(model);
    if (isImported(found))
      throw invalidQuery(`${describeModel(model)} was imported from ONNX; it can't be exported.`);
    await exportModel(trialOf(found, trialId), uri, this.objectStore);
  }

  describe(call: CallShape) {
    const definition = functionNamed(call.functionName);
    checkCall(definition, call);
    if ('tables' in definition) return { fields: definition.fields(call), keepInput: false };
    return { fields: this.fieldsOf(definition, call), keepInput: definition.keepInput ?? false };
  }

  private fieldsOf(definition: MlFunction, call: CallShape): readonly Field[] {
    if (this.progressFor(call)) return TRAINING_INFO.fields({} as Model, call);
    const model = this.modelOf(call.model!);
    return isImported(model) ? describeImported(model, call) : fieldsOf(definition, model, call);
  }

  async call(call: MlCall): Promise<MlResult> {
    const { input, study, ...rest } = call;
    const { fields, keepInput } = this.describe({
      ...rest,
      ...(input ? { inputFields: input.fields } : {}),
      ...(study ? { studyFields: study.fields } : {}),
    });
    return { columns: named(fields, await this.answers(call)), keepInput };
  }

  private async answers(call: MlCall): Promise<readonly Answer[]> {
    const definition = functionNamed(call.functionName);
    if ('tables' in definition) return definition.run(call);
    const progress = this.progressFor(call);
    if (progress) return trainingInfo(progress);
    const model = this.modelOf(call.model!);
    return isImported(model) ? predictImported(model, call) : answersOf(definition, model, call);
  }

  /** What ML.TRAINING_INFO says of a model that is being trained: nothing before an iteration ends. */
  private progressFor(call: Pick<MlCall, 'functionName' | 'model'>) {
    if (call.functionName !== 'TRAINING_INFO') return undefined;
    const iterations = call.model && this.inTraining.get(keyOf(call.model));
    return iterations && iterations.length > 0 ? iterations : undefined;
  }

  exists(model: ModelRef): boolean {
    return this.store.get(model) !== undefined;
  }

  get(model: ModelRef): Record<string, unknown> {
    return modelResource(this.modelOf(model), this.location);
  }

  list(dataset: DatasetRef): readonly Record<string, unknown>[] {
    return this.store.list(dataset).map((model) => modelSummary(model, this.location));
  }

  async patch(model: ModelRef, change: Record<string, unknown>): Promise<Record<string, unknown>> {
    await this.change(model, (before) => ({
      ...before,
      metadata: patchMetadata(before.metadata, change),
    }));
    return this.get(model);
  }

  async drop(model: ModelRef, ifExists: boolean): Promise<void> {
    await this.turns.take(keyOf(model), async () => {
      if (!this.exists(model) && !ifExists) throw notFound(describeModel(model));
      await this.store.remove(model);
    });
  }

  async dropAll(dataset: DatasetRef): Promise<void> {
    await Promise.all(this.store.list(dataset).map(({ ref }) => this.drop(ref, true)));
  }

  /** Calls off what is being trained, and waits for it to end. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('The local BigQuery ML is stopping.'));
    await Promise.allSettled(this.trainings);
  }

  private modelOf(ref: ModelRef): StoredModel {
    const model = this.store.get(ref);
    if (!model) throw notFound(describeModel(ref));
    return model;
  }
}

const named = (fields: readonly Field[], answers: readonly Answer[]): Column[] =>
  fields.map(({ name, type }, i) => ({ name, type, ...answers[i]! }));
