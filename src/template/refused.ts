const consul = 'Consul is not asked'
const nomad = 'Nomad is not asked'
const random = 'a render must give the same for the same secrets'
const clock = 'it goes by the clock and time zone of its place: timestamp has the time'
const crypto = 'Vault does it better, in transit'
const versions = 'versions are not compared'
const urls = 'urlquery, split and regexReplaceAll do it'
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
  sprig_ago: clock,
  sprig_mustDateModify: clock,
  sprig_mustToDate: clock,
  sprig_must_date_modify: clock,
  sprig_toDate: clock,
  sprig_unixEpoch: clock,
  sprig_bcrypt: random,
  sprig_buildCustomCert: random,
  sprig_derivePassword: crypto,
  sprig_decryptAES: crypto,
  sprig_encryptAES: random,
  sprig_genCA: random,
  sprig_genCAWithKey: random,
  sprig_genPrivateKey: random,
  sprig_genSelfSignedCert: random,
  sprig_genSelfSignedCertWithKey: random,
  sprig_genSignedCert: random,
  sprig_genSignedCertWithKey: random,
  sprig_htpasswd: random,
  sprig_randInt: random,
  sprig_shuffle: random,
  sprig_semver: versions,
  sprig_semverCompare: versions,
  sprig_urlJoin: urls,
  sprig_urlParse: urls,
}

/** Why a function of this name is refused; undefined when it is not. */
export const reasonOf = (name: string): string | undefined => (Object.hasOwn(refused, name) ? refused[name] : undefined)
