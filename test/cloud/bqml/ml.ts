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
import { duplicate, notFound } from '../errors.ts';
import { fileDocuments, memoryDocuments } from '../state/documents.ts';
import { Turns } from '../state/turns.ts';
import { exportModel } from './export/export_model.ts';
import { functionNamed } from './functions/catalogue.ts';
import { type Answer, type CallShape, checkCall } from './functions/function.ts';
import { TRAINING_INFO, trainingInfo } from './functions/info.ts';
import { answersOf, fieldsOf, trialOf } from './functions/trials.ts';
import { keyOf, type Model } from './model/model.ts';
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
    if (statement.ifExists === 'skip' && this.exists(statement.model)) {
      // "The CREATE MODEL IF NOT EXISTS clause always updates the last modified timestamp."
      await this.change(statement.model, (model) => model);
      return 'SKIP';
    }
    this.refuseExisting(statement);
    const training = this.train(statement, input, context);
    this.trainings.add(training);
    const model = await training.finally(() => this.trainings.delete(training));
    return this.turns.take(keyOf(model.ref), async () => {
      // Somebody else may have made it meanwhile.
      this.refuseExisting(statement);
      const replaced = this.exists(model.ref);
      await this.store.put(model);
      return replaced ? 'REPLACE' : 'CREATE';
    });
  }

  /** Puts a changed model in the place of the old one. */
  private change(ref: ModelRef, edit: (model: Model) => Model): Promise<void> {
    return this.turns.take(keyOf(ref), () =>
      this.store.put({ ...edit(this.modelOf(ref)), lastModifiedTime: this.clock.now() }),
    );
  }

  private refuseExisting({ model, ifExists }: CreateModel): void {
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
    await exportModel(trialOf(this.modelOf(model), trialId), uri, this.objectStore);
  }

  describe(call: CallShape) {
    const definition = functionNamed(call.functionName);
    checkCall(definition, call);
    if ('tables' in definition) return { fields: definition.fields(call), keepInput: false };
    const fields = this.progressFor(call)
      ? TRAINING_INFO.fields({} as Model, call)
      : fieldsOf(definition, this.modelOf(call.model!), call);
    return { fields, keepInput: definition.keepInput ?? false };
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
    return progress
      ? trainingInfo(progress)
      : answersOf(definition, this.modelOf(call.model!), call);
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

  private modelOf(ref: ModelRef): Model {
    const model = this.store.get(ref);
    if (!model) throw notFound(describeModel(ref));
    return model;
  }
}

const named = (fields: readonly Field[], answers: readonly Answer[]): Column[] =>
  fields.map(({ name, type }, i) => ({ name, type, ...answers[i]! }));
