// WatermelonDB (better-sqlite3) against the least server for it, in a process of its own: node watermelon.cjs FILE FOLDER
"use strict";
const { fork } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const zlib = require("node:zlib");

const DOWN = 1000, UP = 200, PUSHED = 1000, PAGE = 4000;
const [, , file, folder, part] = process.argv;
const MOVED = new Set(["order"]); // a table may not be called by a word of SQL
const table = (entity) => (MOVED.has(entity) ? `the_${entity}` : entity);

function rows() {
  const tables = {};
  for (const line of fs.readFileSync(file, "utf8").split("\n")) {
    const [entity, id, version, , body] = JSON.parse(line);
    const raw = { id, row_version: version };
    for (const [name, value] of Object.entries(body)) raw[name] = plain(value);
    (tables[table(entity)] ??= []).push(raw);
  }
  return tables;
}

const plain = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : value);

function serve() {
  const stored = new (require("better-sqlite3"))(path.join(folder, "server.db"));
  stored.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    + "CREATE TABLE row (id TEXT PRIMARY KEY, name TEXT, body TEXT, seq INTEGER, made INTEGER); CREATE INDEX s ON row (seq)");
  const put = stored.prepare("INSERT INTO row VALUES (@id, @name, @body, @seq, @made)"
    + " ON CONFLICT (id) DO UPDATE SET body = excluded.body, seq = excluded.seq");
  let seq = 1;
  const write = stored.transaction((tables) => {
    for (const [name, raws] of Object.entries(tables)) {
      for (const raw of raws) put.run({ id: raw.id, name, body: JSON.stringify(raw), seq: (seq += 1), made: seq });
    }
  });
  write(rows());
  const after = stored.prepare("SELECT * FROM row WHERE seq > ? ORDER BY seq LIMIT ?");
  const pull = (since) => {
    const found = after.all(since, PAGE);
    const changes = {};
    for (const { name, body, made } of found) {
      const kind = (changes[name] ??= { created: [], updated: [], deleted: [] });
      kind[made > since ? "created" : "updated"].push(JSON.parse(body));
    }
    return { changes, timestamp: found.length ? found[found.length - 1].seq : since, more: found.length === PAGE };
  };
  const bare = ({ _status, _changed, ...raw }) => raw;
  const push = (changes) => {
    const told = ([name, kinds]) => [name, [...kinds.created, ...kinds.updated].map(bare)];
    write(Object.fromEntries(Object.entries(changes).map(told)));
    return {};
  };
  const server = http.createServer((request, answer) => {
    const parts = [];
    request.on("data", (some) => parts.push(some));
    request.on("end", () => {
      const said = parts.length ? JSON.parse(Buffer.concat(parts)) : null;
      const body = JSON.stringify(said ? push(said) : pull(Number(request.url.slice(1))));
      answer.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
      answer.end(zlib.gzipSync(body, { level: 1 }));
    });
  }).listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
  process.on("message", (round) => {
    const some = stored.prepare("SELECT body FROM row WHERE name = 'account' ORDER BY id LIMIT ?").all(DOWN);
    write({ account: some.map(({ body }) => ({ ...JSON.parse(body), phone: `1390000${round}` })) });
    process.send({ changed: some.length });
  });
}

function database(tables) {
  const { Database, Model, appSchema, tableSchema } = require("@nozbe/watermelondb");
  const Adapter = require("@nozbe/watermelondb/adapters/sqlite").default;
  const indexed = new Set(["territory_id", "account_id"]);
  const columns = (raws) => {
    const types = new Map();
    for (const raw of raws) {
      for (const [name, value] of Object.entries(raw)) {
        if (name !== "id" && (value !== null || !types.has(name))) types.set(name, value);
      }
    }
    return [...types].map(([name, value]) => ({
      name, isOptional: true, isIndexed: indexed.has(name),
      type: typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "string",
    }));
  };
  const schema = appSchema({
    version: 1,
    tables: Object.entries(tables).map(([name, raws]) => tableSchema({ name, columns: columns(raws) })),
  });
  const modelClasses = Object.keys(tables).map((name) => class extends Model { static table = name; });
  return new Database({ adapter: new Adapter({ schema, dbName: path.join(folder, "laptop.db") }), modelClasses });
}

async function measure() {
  const server = fork(__filename, [file, folder, "serve"], { silent: true });
  const heard = () => new Promise((done) => server.once("message", done));
  const { port } = await heard();
  const { synchronize } = require("@nozbe/watermelondb/sync");
  const tables = rows();
  const local = database(tables);
  let requests = 0, more = false;
  const ask = async (where, body) => {
    requests += 1;
    const answer = await fetch(`http://127.0.0.1:${port}/${where}`, body && { method: "POST", body: JSON.stringify(body) });
    return answer.json();
  };
  const once = () => synchronize({
    database: local,
    pullChanges: async ({ lastPulledAt }) => {
      const found = await ask(lastPulledAt || 0);
      more = found.more;
      return found;
    },
    pushChanges: ({ changes }) => ask("push", changes),
  });
  const timed = async (work) => {
    requests = 0;
    const begin = process.hrtime.bigint();
    await work();
    return { seconds: Number(process.hrtime.bigint() - begin) / 1e9, requests };
  };
  const whole = async () => { do { await once(); } while (more); };
  const found = { initial: await timed(whole) };
  const expected = Object.values(tables).reduce((sum, raws) => sum + raws.length, 0);
  let count = 0;
  for (const name of Object.keys(tables)) count += await local.get(name).query().fetchCount();
  if (count !== expected) throw new Error(`${count} rows instead of ${expected}`);
  const { Q } = require("@nozbe/watermelondb");
  found.incremental = [];
  for (let round = 0; round < 3; round += 1) {
    const answer = heard();
    server.send(1000 + round);
    await answer;
    const some = await local.get("contact").query(Q.take(UP)).fetch();
    await local.write(() => local.batch(some.map((row) => row.prepareUpdate((r) => r._setRaw("note", `seen ${round}`)))));
    found.incremental.push(await timed(whole));
  }
  found.idle = await timed(whole);
  const sample = tables.the_order[0];
  const line = JSON.parse(sample.lines)[0];
  const lines = JSON.stringify([line, line, line, line, line]);
  await local.write(() => local.batch(Array.from({ length: PUSHED }, () =>
    local.get("the_order").prepareCreate((row) => {
      for (const [name, value] of Object.entries({ ...sample, lines })) if (name !== "id") row._setRaw(name, value);
    }))));
  found.push = await timed(whole);
  console.log(JSON.stringify(found));
  server.kill();
  process.exit(0);
}

if (part === "serve") serve();
else measure().catch((error) => { console.error(error); process.exit(1); });
