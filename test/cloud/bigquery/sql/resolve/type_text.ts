/** Types from their text and from their syntax. */
import { unsupported } from '../../../errors.ts';
import { type BqType, scalarType } from '../../types.ts';
import type { TypeNode } from '../parse/ast.ts';
import { parseTypeNode } from '../parse/parse.ts';
import { queryError } from './errors.ts';

/** @throws {ApiError} `Type not found: …` with the place; unsupported for a type that is not kept. */
export function resolveType(node: TypeNode): BqType {
  if (node.parameters.length > 0) {
    throw unsupported(`parameterized types: ${node.name}(${node.parameters.join(', ')})`);
  }
  if (node.element) {
    const element = resolveType(node.element);
    if (element.kind === 'ARRAY') throw queryError('Arrays of arrays are not supported', node.at);
    return { kind: 'ARRAY', element };
  }
  if (node.name === 'STRUCT') {
    const fields = node.fields.map((f) => ({
      name: f.name?.text ?? '',
      type: resolveType(f.type),
    }));
    return { kind: 'STRUCT', fields };
  }
  const kind = scalarType(node.name);
  if (!kind) throw queryError(`Type not found: ${node.name}`, node.at);
  if (kind === 'BIGNUMERIC' || kind === 'GEOGRAPHY') throw unsupported(`the type ${kind}`);
  return { kind };
}

const known = new Map<string, BqType>();

/** The type whose `typeText` this is. */
export function parseTypeText(text: string): BqType {
  let type = known.get(text);
  if (!type) {
    type = resolveType(parseTypeNode(text));
    known.set(text, type);
  }
  return type;
}

/** The type's text with the names of fields quoted, whatever they are. */
export function quotedTypeText(type: BqType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${quotedTypeText(type.element)}>`;
  if (type.kind !== 'STRUCT') return type.kind;
  const fields = type.fields.map(({ name, type: inner }) => {
    const quoted = name === '' ? '' : `\`${name.replace(/[\\`]/g, '\\$&')}\` `;
    return quoted + quotedTypeText(inner);
  });
  return `STRUCT<${fields.join(', ')}>`;
}
