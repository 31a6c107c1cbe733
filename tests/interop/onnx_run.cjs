// Runs ONNX files by onnxruntime: node onnx_run.cjs FOLDER
// FOLDER/cases.txt has a line "NAME N C H W" for each FOLDER/NAME.onnx; the input, float32, is FOLDER/NAME.in and what
// the only output says goes to FOLDER/NAME.out. What cannot be run is told on stderr and has no .out.
"use strict";
const fs = require("fs");
const path = require("path");
const ort = require("onnxruntime-node");

async function run(folder, line) {
  const [name, ...dims] = line.split(" ");
  const at = path.join(folder, name);
  const bytes = fs.readFileSync(at + ".in");
  const input = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const session = await ort.InferenceSession.create(at + ".onnx", { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", input, dims.map(Number)) };
  const output = (await session.run(feeds))[session.outputNames[0]];
  fs.writeFileSync(at + ".out", Buffer.from(output.data.buffer, output.data.byteOffset, output.data.byteLength));
  await session.release();
}

async function main(folder) {
  for (const line of fs.readFileSync(path.join(folder, "cases.txt"), "utf8").split("\n").filter(Boolean)) {
    try {
      await run(folder, line);
    } catch (error) {
      console.error(line + ": " + String(error.message).split("\n")[0]);
    }
  }
}

main(process.argv[2]);
