// PouchDB (LevelDB) replicating with express-pouchdb in a process of its own: node pouchdb.cjs FILE FOLDER
"use strict";
const { fork } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const PouchDB = require("pouchdb");

const DOWN = 1000, UP = 200, PUSHED = 1000, BATCH = 2000;
const [, , file, folder, part] = process.argv;

function documents() {
  return fs.readFileSync(file, "utf8").split("\n").map((line) => {
    const [entity, id, version, , body] = JSON.parse(line);
    return { _id: `${entity}:${id}`, row_version: version, ...body };
  });
}

async function serve() {
  const Served = PouchDB.defaults({ prefix: path.join(folder, "server") + path.sep });
  const all = new Served("field");
  const docs = documents();
  for (let at = 0; at < docs.length; at += BATCH) await all.bulkDocs(docs.slice(at, at + BATCH));
  const app = require("express")();
  app.use("/", require("express-pouchdb")(Served, { inMemoryConfig: true, logPath: path.join(folder, "log.txt") }));
  process.on("message", async (round) => {
    const { rows } = await all.allDocs({ include_docs: true, startkey: "account:", limit: DOWN });
    await all.bulkDocs(rows.map(({ doc }) => ({ ...doc, phone: `1390000${round}` })));
    process.send({ changed: rows.length });
  });
  const listening = app.listen(0, "127.0.0.1", () => process.send({ port: listening.address().port }));
}

async function measure() {
  fs.mkdirSync(path.join(folder, "server"), { recursive: true });
  const server = fork(__filename, [file, folder, "serve"], { silent: true });
  const heard = () => new Promise((done) => server.once("message", done));
  const { port } = await heard();
  let requests = 0;
  const remote = new PouchDB(`http://127.0.0.1:${port}/field`, {
    fetch: (url, options) => { requests += 1; return PouchDB.fetch(url, options); },
  });
  const local = new PouchDB(path.join(folder, "laptop"));
  const timed = async (work) => {
    requests = 0;
    const begin = process.hrtime.bigint();
    await work();
    return { seconds: Number(process.hrtime.bigint() - begin) / 1e9, requests };
  };
  const both = () => local.sync(remote, { batch_size: BATCH });
  const found = { initial: await timed(() => local.replicate.from(remote, { batch_size: BATCH })) };
  const { doc_count: count } = await local.info();
  if (count !== documents().length) throw new Error(`${count} documents`);
  await both(); // the first two-way sync after a one-way pull checks everything once
  found.incremental = [];
  for (let round = 0; round < 3; round += 1) {
    const answer = heard();
    server.send(1000 + round);
    await answer;
    const { rows } = await local.allDocs({ include_docs: true, startkey: "contact:", limit: UP });
    await local.bulkDocs(rows.map(({ doc }) => ({ ...doc, note: `seen ${round}` })));
    found.incremental.push(await timed(both));
  }
  found.idle = await timed(both);
  const sample = (await local.allDocs({ include_docs: true, startkey: "order:", limit: 1 })).rows[0].doc;
  const { _rev, ...order } = sample;
  while (order.lines.length < 5) order.lines.push(order.lines[0]);
  order.lines.length = 5;
  await local.bulkDocs(Array.from({ length: PUSHED }, (_, n) => ({ ...order, _id: `order:new-${n}` })));
  found.push = await timed(() => local.replicate.to(remote, { batch_size: BATCH }));
  console.log(JSON.stringify(found));
  server.kill();
  process.exit(0);
}

(part === "serve" ? serve() : measure()).catch((error) => { console.error(error); process.exit(1); });
