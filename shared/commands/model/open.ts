import type { Booster } from '../../bridge/booster.ts';
import { NO_CALIBRATION } from '../../bridge/calibration.ts';
import { type ExportMetadata, readExportMetadata } from '../../bridge/encoding.ts';
import { ModelFormatError } from '../../bridge/errors.ts';
import { readScoringGraph, type ScoringGraph } from '../../bridge/onnx/read.ts';
import { classesToOnnx, predictionToOnnx, treesToOnnx } from '../../bridge/onnx/trees.ts';
import { linkOf } from '../../bridge/xgboost/objective.ts';
import { readXgboost, type XgboostFormat, xgboostFormat } from '../../bridge/xgboost/read.ts';
import { beside, type Files } from './storage.ts';

/** A model file, whatever its format. */
export interface OpenModel {
  readonly format: XgboostFormat | 'ONNX';
  readonly bytes: number;
  /** As our ONNX, and that read back. */
  readonly onnx: Uint8Array;
  readonly graph: ScoringGraph;
  /** The trees as the file has them, gains included; undefined for a linear model. */
  readonly booster: Booster | undefined;
  /** What a BigQuery ML export says of inputs and labels. */
  readonly metadata: ExportMetadata | undefined;
}

/** How the names of vocabularies end; which of them a feature has, its encoding says. */
const ENCODINGS = [
  '_categorical_label',
  '',
  '_categorical_one_hot',
  '_array_one_hot',
  '_array',
  '_categorical_target',
  '_array_target',
  '_array_struct_dimension',
  '_array_numerical_length',
];

/**
 * Opens a model and, of a BigQuery ML export, the `assets/` beside it.
 * @param positive label whose probability a two-class model shall give; its first where undefined
 * @throws {ModelFormatError} naming what cannot be read
 */
export async function openModel(
  files: Files,
  path: string,
  positive: string | undefined,
): Promise<OpenModel> {
  const bytes = await files.read(path);
  if (!bytes) throw new ModelFormatError(`There is no file ${path}.`);
  const metadata = await readAssets(files, path);
  // An ONNX file begins with field 1, the IR version, as a varint; no format of XGBoost does.
  if (bytes[0] === 0x08) {
    const graph = readScoringGraph(bytes);
    return {
      format: 'ONNX',
      bytes: bytes.length,
      onnx: bytes,
      graph,
      booster: graph.booster,
      metadata,
    };
  }
  const booster = readXgboost(bytes);
  const onnx = toOnnx(booster, metadata?.classNames ?? [], positive);
  return {
    format: xgboostFormat(bytes),
    bytes: bytes.length,
    onnx,
    graph: readScoringGraph(onnx),
    booster,
    metadata,
  };
}

/** A probability of one label where there are two, of each class where there are more, or a number. */
function toOnnx(
  booster: Booster,
  classNames: readonly string[],
  positive: string | undefined,
): Uint8Array {
  const link = linkOf(booster.objective);
  const about = classNames.length > 0 ? { classes: classNames.join() } : {};
  if (link === 'softmax' && booster.groupCount !== 2) return classesToOnnx(booster, about);
  if (link === 'softmax') {
    const labels = classNames.length > 0 ? classNames : ['0', '1'];
    const group = positive === undefined ? 0 : labels.indexOf(positive);
    if (group < 0) {
      throw new ModelFormatError(
        `The model knows the labels ${labels.join(', ')}, not "${positive}".`,
      );
    }
    return treesToOnnx(booster, group, NO_CALIBRATION, { ...about, positive: labels[group]! });
  }
  if (link === 'sigmoid') return treesToOnnx(booster, 0, NO_CALIBRATION, about);
  return predictionToOnnx(booster, about);
}

async function readAssets(files: Files, path: string): Promise<ExportMetadata | undefined> {
  const read = async (name: string) => files.read(beside(path, `assets/${name}`));
  const document = await read('model_metadata.json');
  if (!document) return undefined;
  const text = new TextDecoder().decode(document);
  const assets = new Map([['model_metadata.json', text]]);
  const count = countFeatures(text);
  for (let i = 0; i < count; i++) {
    for (const encoding of ENCODINGS) {
      const vocabulary = await read(`${i}${encoding}.txt`);
      if (vocabulary) assets.set(`${i}${encoding}.txt`, new TextDecoder().decode(vocabulary));
    }
  }
  return readExportMetadata(assets, 'missing');
}

function countFeatures(text: string): number {
  try {
    return JSON.parse(text).feature_names?.length ?? 0;
  } catch {
    // readExportMetadata says what is wrong with it.
    return 0;
  }
}
