/** `npm run bench [drift|training|retrain|candidates|kernel|shap|start|world|batch|score|lists|steady|rival]`: figures as ratios, each against a rival in the same run. */
import { benchBatch, describeBatch } from './batch.ts';
import { benchCandidates, describeCandidates } from './candidates.ts';
import { benchDrift, describeDrift } from './drift.ts';
import { benchKernel, describeKernel } from './kernel.ts';
import { benchLists, describeLists } from './lists.ts';
import { benchRetrain, describeRetrain } from './retrain.ts';
import { benchRival, describeRival } from './rival.ts';
import { benchScore, describeScore } from './score.ts';
import { type Serving, startServing } from './serving.ts';
import { benchShap, describeShap } from './shap.ts';
import { benchStart, describeStart } from './start.ts';
import { benchSteady, describeSteady } from './steady.ts';
import { benchTraining, describeTraining, USUAL } from './training.ts';
import { benchWorld, describeWorld } from './world.ts';

const BENCHES: Readonly<Record<string, () => Promise<string>>> = {
  drift: async () => describeDrift(await benchDrift()),
  training: async () => describeTraining(USUAL, await benchTraining(USUAL)),
  retrain: async () => describeRetrain(await benchRetrain()),
  candidates: async () => describeCandidates(await benchCandidates()),
  kernel: async () => describeKernel(await benchKernel()),
  shap: async () => describeShap(await benchShap()),
  start: async () => describeStart(await benchStart()),
  batch: async () => describeBatch(await benchBatch()),
  world: async () => describeWorld(await benchWorld()),
  score: async () => describeScore(await benchScore(await theService())),
  lists: async () => describeLists(await benchLists(await theService())),
  steady: async () => describeSteady(await benchSteady(await theService())),
  rival: async () => describeRival(await benchRival(await theService())),
};

/** Started by the first bench that wants it; the last ones do, for then this process has one core. */
let service: Promise<Serving> | undefined;
function theService(): Promise<Serving> {
  service ??= startServing();
  return service;
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(
    `There is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`,
  );
  process.exitCode = 2;
} else {
  try {
    for (const [name, bench] of Object.entries(BENCHES)) {
      if (asked.length === 0 || asked.includes(name)) console.log(`${await bench()}\n`);
    }
  } finally {
    await (await service)?.stop();
  }
}
