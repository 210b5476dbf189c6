#!/usr/bin/env node
// What is inside the binary that others wrote: `sbom.cdx.json` (CycloneDX 1.6) and `third-party-licences.txt`, into the
// folder that is named. Everything comes from Cargo.lock, web/package-lock.json and the sources they name; nothing from
// the network, and the same bytes each time.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const to = process.argv[2];
if (!to) throw new Error("usage: third-party.mjs FOLDER");
const TARGET = "x86_64-unknown-linux-gnu";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const byName = (a, b) => (a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0);

/** Crates that are linked, with what they depend on. Procedural macros and build scripts run at build time only. */
function crates() {
  const command = ["metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET];
  const told = JSON.parse(execFileSync("cargo", command, { cwd: root, maxBuffer: 1 << 28 }));
  const packages = new Map(told.packages.map((each) => [each.id, each]));
  const nodes = new Map(told.resolve.nodes.map((each) => [each.id, each]));
  const isMacro = (id) => packages.get(id).targets.some((target) => target.kind.includes("proc-macro"));
  const linked = (node) =>
    node.deps.filter((dep) => dep.dep_kinds.some((kind) => kind.kind === null) && !isMacro(dep.pkg)).map((dep) => dep.pkg);
  const found = new Map();
  const walk = (id) => {
    if (found.has(id)) return;
    found.set(id, linked(nodes.get(id)));
    for (const next of found.get(id)) walk(next);
  };
  walk(told.resolve.root);
  const lock = checksums();
  return [...found].map(([id, needs]) => {
    const { name, version, license, license_file, manifest_path, repository } = packages.get(id);
    return {
      ref: purl(packages.get(id)),
      purl: purl(packages.get(id)),
      own: id === told.resolve.root,
      name,
      version,
      licence: (license ?? "").replace(/\s*(\/|\bOR\b)\s*/g, " OR ") || undefined,
      folder: dirname(manifest_path),
      licenceFile: license_file,
      repository,
      sha256: lock.get(`${name} ${version}`),
      needs: needs.map((each) => purl(packages.get(each))),
    };
  });
}

const purl = ({ name, version }) => `pkg:cargo/${name}@${version}`;

function checksums() {
  const blocks = readFileSync(join(root, "Cargo.lock"), "utf8").split("[[package]]");
  const value = (block, key) => block.match(new RegExp(`^${key} = "(.*)"$`, "m"))?.[1];
  return new Map(blocks.map((block) => [`${value(block, "name")} ${value(block, "version")}`, value(block, "checksum")]));
}

/** C that comes with crates, and the C library that a static program carries. */
function beneath(all) {
  const inside = (crate, file, pattern) => {
    const text = readFileSync(join(all.find((each) => each.name === crate).folder, file), "utf8");
    const found = text.match(pattern);
    if (!found) throw new Error(`${crate}: no version in ${file}`);
    return found[1];
  };
  const sqlite = inside("libsqlite3-sys", "sqlite3/sqlite3.h", /SQLITE_VERSION +"(.*)"/);
  // Version 3 is what the crate builds unless asked for 2.
  const mimalloc = inside("libmimalloc-sys", "c_src/mimalloc/v3/include/mimalloc.h", /MI_MALLOC_VERSION +(\d+)/);
  const [, major, minor, patch] = mimalloc.match(/^(\d+)(\d\d)(\d\d)$/).map(Number);
  const mimallocVersion = `${major}.${minor}.${patch}`;
  const debian = (name) => execFileSync("dpkg-query", ["-W", "-f=${Version}", name], { encoding: "utf8" });
  const rust = execFileSync("rustc", ["--version"], { encoding: "utf8" }).split(" ")[1];
  return [
    { name: "sqlite", version: sqlite, licence: "blessing", purl: `pkg:generic/sqlite@${sqlite}`, texts: [] },
    {
      name: "mimalloc",
      version: mimallocVersion,
      licence: "MIT",
      purl: `pkg:generic/mimalloc@${mimallocVersion}`,
      texts: licenceTexts(join(all.find((each) => each.name === "libmimalloc-sys").folder, "c_src/mimalloc/v3")),
    },
    {
      name: "glibc",
      version: debian("libc6-dev"),
      licence: "LGPL-2.1-or-later",
      purl: `pkg:deb/debian/glibc@${debian("libc6-dev")}`,
      texts: read(["/usr/share/doc/libc6/copyright", "/usr/share/common-licenses/LGPL-2.1"]),
    },
    {
      name: "libgcc",
      version: debian("libgcc-12-dev"),
      licence: "GPL-3.0-or-later WITH GCC-exception-3.1",
      purl: `pkg:deb/debian/gcc-12@${debian("libgcc-12-dev")}`,
      texts: read(["/usr/share/doc/libgcc-12-dev/copyright", "/usr/share/doc/gcc-12-base/copyright"].filter(existsSync).slice(0, 1)),
    },
    {
      name: "rust-std",
      version: rust,
      licence: "MIT OR Apache-2.0",
      purl: `pkg:generic/rust-std@${rust}`,
      texts: read(["MIT.txt", "Apache-2.0.txt"].map((file) => join(root, "packaging/licences", file))),
    },
  ].map((each) => ({ ...each, ref: each.purl, needs: [] }));
}

const read = (files) => files.map((file) => readFileSync(file, "utf8"));

/** What lies in web/dist of npm. `@scarf/scarf` counts installations and is no part of what is built. */
function modules() {
  const lock = JSON.parse(readFileSync(join(root, "web/package-lock.json"), "utf8"));
  return Object.entries(lock.packages)
    .filter(([path, each]) => path && !each.dev && !path.endsWith("@scarf/scarf"))
    .map(([path, each]) => {
      const name = path.split("node_modules/").pop();
      const id = `pkg:npm/${name.replace("@", "%40")}@${each.version}`;
      const folder = join(root, "web", path);
      return { name, version: each.version, licence: each.license, purl: id, ref: id, folder, needs: [] };
    });
}

const IS_LICENCE = /^(licen[cs]e|copying|copyright|notice|unlicense)/i;

function licenceTexts(folder) {
  const files = readdirSync(folder).filter((file) => IS_LICENCE.test(file) || file === "swagger-ui-bundle.js.LICENSE.txt");
  const texts = [];
  for (const file of files.sort()) {
    const path = join(folder, file);
    try {
      texts.push(readFileSync(path, "utf8"));
    } catch {
      texts.push(...licenceFolder(path));
    }
  }
  return texts;
}

const licenceFolder = (path) => readdirSync(path).sort().map((file) => readFileSync(join(path, file), "utf8"));

/** For crates that carry no text of their licence: the standard one, in the name of their authors. */
function standardText(each) {
  const licence = ["MIT", "Apache-2.0"].find((id) => (each.licence ?? "").split(/[^A-Za-z0-9.-]+/).includes(id));
  if (!licence) throw new Error(`${each.name} ${each.version} (${each.licence}) comes without the text of its licence`);
  const text = readFileSync(join(root, `packaging/licences/${licence}.txt`), "utf8");
  return text.replace("<year> <copyright holders>", `The authors of ${each.name}`);
}

function licences(all) {
  const texts = new Map();
  for (const each of all) {
    let own = each.texts ?? licenceTexts(each.folder);
    if (own.length === 0 && each.name !== "sqlite") own = [standardText(each)];
    for (const text of own.map((text) => text.replaceAll("\r\n", "\n").trim())) {
      texts.set(text, [...(texts.get(text) ?? []), each]);
    }
  }
  const line = "=".repeat(100);
  const list = all.map((each) => `${each.name} ${each.version}: ${each.licence ?? "see below"}`).join("\n");
  const parts = [...texts].map(
    ([text, users]) => `${line}\n${users.map((each) => `${each.name} ${each.version}`).join(", ")}\n${line}\n\n${text}\n`,
  );
  return `Parlor is made with the work of others. This is what is inside the binary, and on what terms.

Glibc is linked statically under the LGPL. Parlor's own source is open: whoever wants another glibc inside builds it anew.
SQLite is in the public domain.

${list}

${parts.join("\n")}`;
}

function bill(own, all) {
  const time = new Date(Number(process.env.SOURCE_DATE_EPOCH) * 1000).toISOString().replace(".000Z", "Z");
  const component = (each) => ({
    type: each.own ? "application" : "library",
    "bom-ref": each.ref,
    name: each.name,
    version: each.version,
    ...(each.licence && { licenses: [{ expression: each.licence }] }),
    ...(each.sha256 && { hashes: [{ alg: "SHA-256", content: each.sha256 }] }),
    purl: each.purl,
    ...(each.repository && { externalReferences: [{ type: "vcs", url: each.repository }] }),
  });
  const names = sha256(JSON.stringify(all.map((each) => each.purl)) + own.version);
  const uuid = `${names.slice(0, 8)}-${names.slice(8, 12)}-8${names.slice(13, 16)}-8${names.slice(17, 20)}-${names.slice(20, 32)}`;
  const beside = all.filter((each) => !each.purl.startsWith("pkg:cargo/")).map((each) => each.ref);
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: { timestamp: time, component: component(own) },
    components: all.map(component),
    dependencies: [own, ...all].map((each) => ({
      ref: each.ref,
      dependsOn: [...new Set(each.own ? [...each.needs, ...beside] : each.needs)].sort(),
    })),
  };
}

if (!/^\d+$/.test(process.env.SOURCE_DATE_EPOCH ?? "")) throw new Error("SOURCE_DATE_EPOCH is missing");
const linked = crates();
const own = linked.find((each) => each.own);
const all = [...linked.filter((each) => !each.own), ...beneath(linked), ...modules()].sort(byName);
mkdirSync(to, { recursive: true });
writeFileSync(join(to, "sbom.cdx.json"), `${JSON.stringify(bill(own, all), null, 1)}\n`);
writeFileSync(join(to, "third-party-licences.txt"), licences(all));
console.log(`${all.length} components`);
