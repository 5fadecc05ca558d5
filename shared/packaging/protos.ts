/** Protobuf descriptions, cut down to what is called. */

/** A description as protobufjs keeps it in JSON: a namespace, message, enumeration or service. */
export interface ProtoNode {
  readonly nested?: Readonly<Record<string, ProtoNode>>;
  readonly fields?: Readonly<Record<string, ProtoField>>;
  readonly values?: unknown;
  readonly methods?: Readonly<Record<string, ProtoMethod>>;
}

interface ProtoField {
  readonly type: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

interface ProtoMethod {
  readonly requestType: string;
  readonly responseType: string;
}

/**
 * A client reads its whole API's description when it is made, and spends more on that than on its
 * first call. What comes back holds some methods of one service and the types that they speak of.
 *
 * @param service its full name, e.g. `google.pubsub.v1.Publisher`
 * @throws {Error} when the description has no such service, method or type
 */
export function trimProtos(
  root: ProtoNode,
  service: string,
  methods: readonly string[],
): ProtoNode {
  const picked = pick(root, service, methods);
  const wanted = new Set<string>();
  const want = (type: string, scope: string) => {
    if (SCALARS.has(type)) return;
    const name = resolve(root, type, scope);
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const field of Object.values(find(root, name)!.fields ?? {})) want(field.type, name);
  };
  for (const { requestType, responseType } of Object.values(picked)) {
    want(requestType, service);
    want(responseType, service);
  }
  const keep = (node: ProtoNode, name: string): ProtoNode | undefined => {
    if (node.methods) return name === service ? { methods: picked } : undefined;
    const nested = Object.entries(node.nested ?? {}).flatMap(([own, child]) => {
      const kept = keep(child, name === '' ? own : `${name}.${own}`);
      return kept ? [[own, kept] as const] : [];
    });
    if (!wanted.has(name)) {
      return nested.length > 0 ? { nested: Object.fromEntries(nested) } : undefined;
    }
    return { ...bare(node), ...(nested.length > 0 ? { nested: Object.fromEntries(nested) } : {}) };
  };
  return keep(root, '')!;
}

function pick(
  root: ProtoNode,
  service: string,
  methods: readonly string[],
): Record<string, ProtoMethod> {
  const all = find(root, service)?.methods ?? {};
  return Object.fromEntries(
    methods.map((name) => {
      const method = all[name];
      if (!method) throw new Error(`The description has no method ${service}.${name}.`);
      const { requestType, responseType } = method;
      return [name, { requestType, responseType }];
    }),
  );
}

/** A message without its documentation for other transports; options of the wire format stay. */
function bare({ nested: _, ...node }: ProtoNode): ProtoNode {
  if (!node.fields) return node;
  const fields = Object.entries(node.fields).map(([name, { options, ...field }]) => {
    const kept = Object.entries(options ?? {}).filter(([option]) => !option.startsWith('('));
    return [name, kept.length > 0 ? { ...field, options: Object.fromEntries(kept) } : field];
  });
  return { ...node, fields: Object.fromEntries(fields) };
}

/** The full name that a type's name means in a scope: the innermost scope that has it. */
function resolve(root: ProtoNode, type: string, scope: string): string {
  const scopes = type.startsWith('.') ? [] : scope.split('.');
  const name = type.replace(/^\./, '');
  for (let depth = scopes.length; depth >= 0; depth--) {
    const full = [...scopes.slice(0, depth), name].join('.');
    if (find(root, full)) return full;
  }
  throw new Error(`The description has no type ${type}, which ${scope} speaks of.`);
}

const find = (root: ProtoNode, name: string): ProtoNode | undefined =>
  name.split('.').reduce<ProtoNode | undefined>((node, part) => node?.nested?.[part], root);

/** https://protobuf.dev/programming-guides/proto3/#scalar */
const SCALARS = new Set(
  (
    'double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 ' +
    'bool string bytes'
  ).split(' '),
);
