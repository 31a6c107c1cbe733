// tfjs_run.cjs FOLDER TFJS: loads every FOLDER/NAME.json with tf.loadLayersModel, runs it on NAME.input and compares
// with NAME.output. Written with @tensorflow/tfjs 4.22.0.
const fs = require('fs'), path = require('path');
const [folder, home] = process.argv.slice(2);
const tf = require(path.join(path.resolve(home), 'node_modules/@tensorflow/tfjs'));

// What Keras has and TensorFlow.js lacks: groups (one of them beside its input), exponential as an activation, slopes and
// thresholds of ReLU, dilated transposed convolutions, softmax along other axes, bilinear resizing about cells' centres.
const lacking = new RegExp('grouped|batchnorm-beside-its-input|activation-exp$|relu-leaky-bounded|relu-threshold|' +
  'transpose-dilated|softmax-width|upsample2d-bilinear');

const floats = (file) => { const b = fs.readFileSync(file); return new Float32Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.length)); };

async function run(file) {
  const base = file.slice(0, -5), model = JSON.parse(fs.readFileSync(file));
  const weights = fs.readFileSync(base + '.bin');
  const network = await tf.loadLayersModel(tf.io.fromMemory({
    modelTopology: model.modelTopology, weightSpecs: model.weightsManifest[0].weights,
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length)}));
  const [, h, w, c] = network.inputs[0].shape;
  const got = tf.tidy(() => {
    let y = network.predict(tf.tensor(floats(base + '.input'), [1, c, h, w]).transpose([0, 2, 3, 1]));
    return (y.rank === 4 ? y.transpose([0, 3, 1, 2]) : y).dataSync();
  });
  network.dispose();
  const expected = floats(base + '.output');
  let apart = got.length === expected.length ? 0 : Infinity, largest = 1e-30;
  for (let i = 0; i < expected.length; i++) {
    apart = Math.max(apart, Math.abs(got[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return apart / largest;
}

(async () => {
  let count = 0, failed = 0;
  for (const file of fs.readdirSync(folder).filter((f) => f.endsWith('.json') && !lacking.test(f.slice(0, -5))).sort()) {
    count++;
    try {
      const apart = await run(path.join(folder, file));
      if (apart <= 1e-3) continue;
      console.log(`${file}: differs by ${apart} of the largest`);
    } catch (error) {
      console.log(`${file}: ${String(error.message).slice(0, 200)}`);
    }
    failed++;
  }
  console.log(`${count} models in TensorFlow.js, ${failed} fail`);
  process.exit(failed || !count ? 1 : 0);
})();
