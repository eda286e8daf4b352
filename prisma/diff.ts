// What Prisma would change in a database to make it that of schema.prisma: its own schema engine as WebAssembly, since
// the native one that its command line wants is not in the npm registry.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const schema = join(import.meta.dirname, "schema.prisma");

export interface Connection {
  host: string;
  user: string;
  database: string;
}

/** Prisma's adapter, taught one type of PostgreSQL's own catalog ("char", oid 18) that introspection reads. */
async function adapterClass() {
  const folder = dirname(require.resolve("@prisma/adapter-pg"));
  const source = readFileSync(join(folder, "index.mjs"), "utf8");
  const place = "    case ScalarColumnType.BPCHAR:\n";
  if (!source.includes(place)) throw new Error("@prisma/adapter-pg is not the version that this test knows");
  const taught = source.replace(place, `    case 18:\n      return ColumnTypeEnum.Character;\n${place}`);
  writeFileSync(join(folder, "taught.mjs"), taught);
  return (await import(pathToFileURL(join(folder, "taught.mjs")).href)).PrismaPg;
}

async function engineClass() {
  const folder = join(import.meta.dirname, "node_modules/@prisma/schema-engine-wasm");
  const glue = await import(pathToFileURL(join(folder, "schema_engine_bg.js")).href);
  const module = new WebAssembly.Module(readFileSync(join(folder, "schema_engine_bg.wasm")));
  const instance = new WebAssembly.Instance(module, { "./schema_engine_bg.js": glue });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports["__wbindgen_start"] as () => void)();
  return glue.SchemaEngine;
}

// Once: its glue code serves one instance.
const prepared = Promise.all([adapterClass(), engineClass()]);

/** The script that `prisma migrate diff` would print from the database to the schema; "" when nothing differs. */
export async function diff(connection: Connection): Promise<string> {
  const [PrismaPg, SchemaEngine] = await prepared;
  const { bindMigrationAwareSqlAdapterFactory } = require("@prisma/driver-adapter-utils");
  const files = [{ path: schema, content: readFileSync(schema, "utf8") }];
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(connection));
  const engine = await SchemaEngine.new(
    { datamodels: files.map(({ path, content }) => [path, content]) },
    () => {},
    adapter,
  );
  const { exitCode, stdout } = await engine.diff({
    from: { tag: "schemaDatasource", files, configDir: import.meta.dirname },
    to: { tag: "schemaDatamodel", files, configDir: import.meta.dirname },
    script: true,
    exitCode: true,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return exitCode === 0 ? "" : (stdout ?? "differs");
}
