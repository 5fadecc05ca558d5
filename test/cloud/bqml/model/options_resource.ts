/** TrainingOptions of the models resource. int64 values are strings there. */
import { isApproximate } from '../explain/global.ts';
import type { ClassWeight, OptionDefinition, OptionValue } from '../options/definition.ts';
import { objectiveOf } from '../options/objectives.ts';
import type { Settings } from '../options/settings.ts';

type Json = Record<string, unknown>;

/** Every option that the REST API has, with its default where none was given. */
export function trainingOptions(settings: Settings): Json {
  const options: Json = {
    lossType: settings.type.task === 'classification' ? 'MEAN_LOG_LOSS' : 'MEAN_SQUARED_LOSS',
  };
  for (const [name, definition] of Object.entries(settings.type.options)) {
    const value = usedValue(settings, name);
    if (value === undefined || !definition.rest) continue;
    options[definition.rest] = restValue(definition, value);
  }
  return { ...options, ...tuningOptions(settings) };
}

/** The value of an option; of one whose default hangs on others, the one that was used. */
const usedValue = (settings: Settings, name: string): OptionValue | undefined =>
  name === 'APPROX_GLOBAL_FEATURE_CONTRIB' ? isApproximate(settings) : settings.value(name);

/** Words that the REST API spells otherwise. */
const REST_WORDS: Readonly<Record<string, string>> = { SEQ: 'SEQUENTIAL' };

export function restValue(definition: OptionDefinition, value: OptionValue): unknown {
  if (definition.kind === 'INT64') return String(value);
  if (definition.kind === 'CLASS_WEIGHTS') {
    return Object.fromEntries(value as readonly ClassWeight[]);
  }
  return definition.choices ? (REST_WORDS[String(value)] ?? value) : value;
}

/** Options that the REST API spells otherwise, or that have a value without being given. */
function tuningOptions(settings: Settings): Json {
  if (!settings.isTuned) return {};
  const { name, rest } = objectiveOf(settings)!;
  return {
    maxParallelTrials: String(settings.value('MAX_PARALLEL_TRIALS') ?? 1),
    hparamTuningObjectives: [rest ?? name],
  };
}
