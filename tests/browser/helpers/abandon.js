// A client that makes a pipeline, says its name and stays, until somebody kills it: node abandon.js CONTROL

import { connect } from './client.js';

const client = await connect(process.argv[2]);
const pipeline = await client.create('MediaPipeline');
const endpoint = await pipeline.create('WebRtcEndpoint');
console.log(JSON.stringify({ pipeline: pipeline.id, endpoint: endpoint.id }));
setInterval(() => {}, 1000);
