// Inference in ONNX Runtime: node onnxruntime.mjs MODEL.onnx BATCH SIZE SECONDS THREADS
// Prints "images_per_second", the best of single runs, after two that do not count.
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [path, batchText, sizeText, secondsText, threadsText] = process.argv.slice(2);
const batch = Number(batchText), size = Number(sizeText), seconds = Number(secondsText);
const session = await InferenceSession.create(path, {
  executionProviders: ['cpu'], graphOptimizationLevel: 'all', intraOpNumThreads: Number(threadsText), interOpNumThreads: 1,
});
const data = Float32Array.from({ length: batch * 3 * size * size }, () => Math.random() * 2 - 1);
const feeds = { input: new Tensor('float32', data, [batch, 3, size, size]) };
for (let i = 0; i < 2; i++) await session.run(feeds);
const begun = performance.now();
let best = 0;
while (best === 0 || performance.now() - begun < seconds * 1000) {
  const start = performance.now();
  await session.run(feeds);
  best = Math.max(best, batch * 1000 / (performance.now() - start));
}
console.log(best.toFixed(3));
