const consul = 'Consul is not asked'
const nomad = 'Nomad is not asked'
const random = 'a render must give the same for the same secrets'
const outside = 'a template touches nothing but its values'

/** Functions of consul-template that we know and do not have, each with the reason. */
export const refused: Readonly<Record<string, string>> = {
  byMeta: consul,
  byPort: consul,
  byTag: consul,
  caLeaf: consul,
  caRoots: consul,
  connect: consul,
  datacenters: consul,
  exportedServices: consul,
  key: consul,
  keyExists: consul,
  keyOrDefault: consul,
  ls: consul,
  node: consul,
  nodes: consul,
  partitions: consul,
  peerings: consul,
  safeLs: consul,
  safeTree: consul,
  service: consul,
  services: consul,
  tree: consul,
  nomadService: nomad,
  nomadServices: nomad,
  nomadVar: nomad,
  nomadVarExists: nomad,
  nomadVarList: nomad,
  nomadVarListSafe: nomad,
  file: outside,
  plugin: outside,
  sockaddr: outside,
  spew_dump: outside,
  spew_printf: outside,
  spew_sdump: outside,
  spew_sprintf: outside,
  call: 'no value is a function',
  sprig_randInt: random,
}
