/** The trainer's module: all kernels over one memory, which the caller divides (see arena.ts). */
export { encode, encodeSorted, fillLane, survey } from './bins.as';
export { allow, openNodes, routeColumn, routeMissing, walkColumn } from './exact.as';
export { setRegularisation } from './gain.as';
export { addAllRows, addRows, bestSplit, subtract, sumPairs, sumSlots } from './histogram.as';
export {
  binaryGradients, binaryLikelihood, logLoss, mirroredSoftmax, sigmoids, softmaxGradients,
  softmaxLikelihood, softmaxNorms, squaredError, squaredGradients,
} from './objective.as';
export {
  addLeafValues, gatherCodes, gatherOrigins, gatherPairs, iota, markLeaf, markLeaves, partition,
} from './rows.as';
export { quantiles, sketchBytes, sortedQuantiles } from './sketch.as';
export { sortColumn } from './sort.as';

/** Where free memory begins. */
export function heapBase(): usize {
  return __heap_base;
}
