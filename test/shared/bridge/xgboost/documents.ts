/** A small model document as XGBoost 1.7 writes it, and a writer of UBJSON for tests. */

const stump = (id: number) => ({
  base_weights: [0, -1, 1],
  categories: [],
  default_left: [1, 0, 0],
  id,
  left_children: [1, -1, -1],
  loss_changes: [3.5, 0, 0],
  parents: [2147483647, 0, 0],
  right_children: [2, -1, -1],
  split_conditions: [0.5, -0.25, 0.75],
  split_indices: [1, 0, 0],
  split_type: [0, 0, 0],
  sum_hessian: [10, 4, 6],
  tree_param: { num_deleted: '0', num_feature: '2', num_nodes: '3', size_leaf_vector: '0' },
});

/** Two stumps of `binary:logistic` over two features. */
export const modelDocument = () => ({
  learner: {
    attributes: { best_iteration: '1' } as Record<string, string>,
    feature_names: [] as string[],
    gradient_booster: {
      model: {
        gbtree_model_param: { num_parallel_tree: '1', num_trees: '2', size_leaf_vector: '0' },
        tree_info: [0, 0],
        trees: [stump(0), stump(1)],
      },
      name: 'gbtree',
    } as Record<string, unknown>,
    learner_model_param: {
      base_score: '5E-1',
      boost_from_average: '1',
      num_class: '0',
      num_feature: '2',
      num_target: '1',
    },
    objective: { name: 'binary:logistic' },
  },
  version: [1, 7, 4],
});

export type ModelDocument = ReturnType<typeof modelDocument>;

/** As XGBoost writes it: int64 lengths, counted arrays, typed ones of float32 where all are numbers. */
export function writeUbjson(value: unknown): Uint8Array {
  const parts: Buffer[] = [];
  const marker = (text: string) => parts.push(Buffer.from(text, 'latin1'));
  const length = (count: number) => {
    const bytes = Buffer.alloc(9);
    bytes.write('L');
    bytes.writeBigInt64BE(BigInt(count), 1);
    parts.push(bytes);
  };
  const text = (content: string) => {
    length(Buffer.byteLength(content));
    marker(content);
  };
  const float = (number: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(number);
    parts.push(bytes);
  };
  const write = (item: unknown): void => {
    if (typeof item === 'string') {
      marker('S');
      text(item);
    } else if (typeof item === 'number') {
      marker('d');
      float(item);
    } else if (typeof item === 'boolean') {
      marker(item ? 'T' : 'F');
    } else if (Array.isArray(item)) {
      const typed = item.length > 0 && item.every((x) => typeof x === 'number');
      marker(typed ? '[$d#' : '[#');
      length(item.length);
      for (const x of item) {
        if (typed) float(x);
        else write(x);
      }
    } else {
      marker('{');
      for (const [key, x] of Object.entries(item as object)) {
        text(key);
        write(x);
      }
      marker('}');
    }
  };
  write(value);
  return new Uint8Array(Buffer.concat(parts));
}

export const writeJson = (value: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(value));
