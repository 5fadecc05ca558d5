/** A message as a row of the table that a BigQuery subscription writes to. */
import type { BqType, Field, ScalarType } from '../bigquery/types.ts';
import type { Message } from './message.ts';
import type { BigQueryConfig } from './wire.ts';

/** As `tabledata.insertAll` takes it. */
export type Row = Readonly<Record<string, unknown>>;

/** Why a message can't be a row of the table. */
export class UnfitMessage extends Error {
  override readonly name = 'UnfitMessage';
}

const METADATA: Readonly<Record<string, readonly ScalarType[]>> = {
  subscription_name: ['STRING'],
  message_id: ['STRING'],
  publish_time: ['TIMESTAMP'],
  attributes: ['STRING', 'JSON'],
};
const DATA: Readonly<Record<string, readonly ScalarType[]>> = { data: ['BYTES', 'STRING', 'JSON'] };

/** The columns that are always written, and the types that each may have. */
const fixedColumns = (config: BigQueryConfig) => ({
  ...(config.useTableSchema ? {} : DATA),
  ...(config.writeMetadata ? METADATA : {}),
});

/** Why no message could be written to such a table; undefined if that is no question of the table. */
export function tableProblem(fields: readonly Field[], config: BigQueryConfig): string | undefined {
  const columns = fixedColumns(config);
  for (const [name, kinds] of Object.entries(columns)) {
    const field = find(fields, name);
    if (!field) return `the table has no column ${name} of type ${kinds.join(' or ')}`;
    if (!kinds.includes(field.type.kind as ScalarType)) {
      return `the column ${name} must be of type ${kinds.join(' or ')}, not ${field.type.kind}`;
    }
  }
  if (config.useTableSchema) return undefined;
  const required = fields.find((field) => field.required && !Object.hasOwn(columns, field.name));
  return required && `the column ${required.name} is required, and nothing is written to it`;
}

/** @throws {UnfitMessage} */
export function toRow(
  message: Message,
  subscription: string,
  fields: readonly Field[],
  config: BigQueryConfig,
): Row {
  const content = config.useTableSchema
    ? fromJson(message, fields, config.dropUnknownFields)
    : { data: dataColumn(message, find(fields, 'data')!) };
  return config.writeMetadata ? { ...content, ...metadata(message, subscription) } : content;
}

function metadata(message: Message, subscription: string): Row {
  const { attributes, orderingKey } = message;
  const properties = orderingKey === '' ? attributes : { ...attributes, orderingKey };
  return {
    subscription_name: subscription,
    message_id: message.id,
    publish_time: new Date(message.publishedAtMs).toISOString(),
    attributes: JSON.stringify(properties),
  };
}

function dataColumn({ data }: Message, { type }: Field): string {
  if (type.kind === 'BYTES') return data.toString('base64');
  const text = utf8(data);
  if (type.kind === 'JSON') parse(text);
  return text;
}

function fromJson({ data }: Message, fields: readonly Field[], dropsUnknown: boolean): Row {
  const value = parse(utf8(data));
  if (!isObject(value)) throw new UnfitMessage('The message is not a JSON object.');
  return conformObject(value, fields, dropsUnknown, '');
}

function conformObject(
  value: Row,
  fields: readonly Field[],
  dropsUnknown: boolean,
  path: string,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    const field = find(fields, key);
    if (field) row[field.name] = conform(part, field.type, dropsUnknown, `${path}${key}`);
    else if (!dropsUnknown) throw new UnfitMessage(`The table has no column ${path}${key}.`);
  }
  return row;
}

function conform(value: unknown, type: BqType, dropsUnknown: boolean, path: string): unknown {
  if (type.kind === 'ARRAY' && Array.isArray(value)) {
    return value.map((element) => conform(element, type.element, dropsUnknown, path));
  }
  if (type.kind === 'STRUCT' && isObject(value)) {
    return conformObject(value, type.fields, dropsUnknown, `${path}.`);
  }
  // A JSON column takes any JSON, as text.
  if (type.kind === 'JSON') return value === null ? null : JSON.stringify(value);
  // Pub/Sub reads a number as microseconds since 1970, insertAll would as seconds.
  if (type.kind === 'TIMESTAMP' && Number.isSafeInteger(value)) return fromMicros(value as number);
  return value;
}

function fromMicros(micros: number): string {
  const ms = Math.floor(micros / 1_000);
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new UnfitMessage(`${micros} µs is no timestamp.`);
  return `${date.toISOString().slice(0, -1)}${String(micros - ms * 1_000).padStart(3, '0')}Z`;
}

/** BigQuery's column names are case-insensitive. */
const find = (fields: readonly Field[], name: string): Field | undefined =>
  fields.find((field) => field.name.toLowerCase() === name.toLowerCase());

const isObject = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function utf8(data: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch (error) {
    throw new UnfitMessage('The data of the message is not UTF-8.', { cause: error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = `The data of the message is not JSON: ${(error as Error).message}.`;
    throw new UnfitMessage(problem, { cause: error });
  }
}
