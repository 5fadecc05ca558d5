import { compileKernel, type KernelMemory } from './compile.ts';
import type { Address } from './trainer.ts';

/** The exports of forest.as.ts; each is described where it stands. */
export interface ForestKernel {
  readonly memory: KernelMemory;
  heapBase(): Address;
  layRows(columns: Address, features: number, stride: number, rows: number, out: Address): void;
  addEightTrees(
    roots: Address,
    depth: number,
    rows: Address,
    count: number,
    rowBytes: number,
    sums: Address,
    sumBytes: number,
  ): void;
  addTree(
    tree: Address,
    depth: number,
    rows: Address,
    count: number,
    rowBytes: number,
    sums: Address,
    sumBytes: number,
  ): void;
  softmaxRows(margins: Address, rows: number, classes: number): void;
}

/** Makes a forest kernel with a memory of its own. */
export const createForestKernel = compileKernel<ForestKernel>('forest');
