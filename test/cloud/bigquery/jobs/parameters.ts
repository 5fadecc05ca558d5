/** Query parameters as the REST API sends them. */
import { invalid, unsupported } from '../../errors.ts';
import { readBytes, withoutNanos } from '../load/scalars.ts';
import type { QueryParameter } from '../ports.ts';
import { parseDouble } from '../sql/numbers/float.ts';
import { type BqType, scalarType } from '../types.ts';

interface TypeResource {
  readonly type?: string;
  readonly arrayType?: TypeResource;
  readonly structTypes?: readonly { readonly name?: string; readonly type?: TypeResource }[];
}

interface ValueResource {
  readonly value?: unknown;
  readonly arrayValues?: readonly ValueResource[] | null;
  readonly structValues?: Readonly<Record<string, ValueResource>> | null;
}

interface ParameterResource {
  readonly name?: string;
  readonly parameterType?: TypeResource;
  readonly parameterValue?: ValueResource;
}

/**
 * @param mode `parameterMode`: POSITIONAL, NAMED, or undefined, which the names decide.
 * @throws {ApiError} 400 naming the parameter.
 */
export function parseParameters(given: unknown, mode: unknown): readonly QueryParameter[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw invalid('Invalid value for queryParameters: not a list.');
  const parameters = (given as ParameterResource[]).map(parseParameter);
  const wanted = mode === undefined || mode === null ? undefined : String(mode).toUpperCase();
  for (const { name } of parameters) {
    if (wanted === 'NAMED' && name === undefined) throw invalid('A named parameter has no name.');
    if (wanted === 'POSITIONAL' && name !== undefined) {
      throw invalid(`Positional parameters have no names, but one is called ${name}.`);
    }
  }
  return parameters;
}

function parseParameter(resource: ParameterResource): QueryParameter {
  const { name, parameterType, parameterValue } = resource;
  const what = name || '?';
  const type = parseType(parameterType, what);
  const value = parseValue(type, parameterValue ?? {}, what);
  return name ? { name, type, value } : { type, value };
}

function parseType(resource: TypeResource | undefined, name: string): BqType {
  const kind = String(resource?.type ?? '').toUpperCase();
  if (kind === 'ARRAY') return { kind, element: parseType(resource?.arrayType, name) };
  if (kind === 'STRUCT' || kind === 'RECORD') {
    const fields = (resource?.structTypes ?? []).map((field) => ({
      name: field.name ?? '',
      type: parseType(field.type, name),
    }));
    return { kind: 'STRUCT', fields };
  }
  if (kind === 'RANGE') throw unsupported(`query parameters of type RANGE (${name})`);
  const scalar = scalarType(kind);
  if (scalar === undefined) throw invalid(`Invalid type of query parameter ${name}: ${kind}`);
  return { kind: scalar };
}

function parseValue(type: BqType, resource: ValueResource, name: string): unknown {
  if (type.kind === 'ARRAY') {
    const { arrayValues } = resource;
    return arrayValues ? arrayValues.map((item) => parseValue(type.element, item, name)) : null;
  }
  if (type.kind === 'STRUCT') {
    const { structValues } = resource;
    if (!structValues) return null;
    return Object.fromEntries(
      type.fields.map((field) => [
        field.name,
        parseValue(field.type, structValues[field.name] ?? {}, name),
      ]),
    );
  }
  const { value } = resource;
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') {
    const text = JSON.stringify(value);
    throw invalid(`Invalid value for query parameter ${name}: ${text}`, 'queryParameters');
  }
  return parseScalar(type.kind, String(value), name);
}

/** Texts that BigQuery would refuse are left to the engine, which reads them as casts do. */
function parseScalar(kind: string, text: string, name: string): unknown {
  const refuse = (): never => {
    throw invalid(
      `Unparseable query parameter \`${name}\` in type \`TYPE_${kind}\`, Bad ${kind.toLowerCase()} value: ${text} value: '${text}'`,
      'queryParameters',
    );
  };
  switch (kind) {
    case 'INT64':
      return /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : refuse();
    case 'FLOAT64':
      return parseDouble(text) ?? refuse();
    case 'BOOL':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : refuse();
    case 'BYTES':
      return readBytes(text) ?? refuse();
    case 'TIMESTAMP':
      return withoutNanos(text);
    default:
      return text;
  }
}
