// Bluesky's own server (PDS) and its directory of accounts (PLC), in one process, on this machine alone.
//
//   node start.mjs PDS-PORT PLC-PORT FOLDER      with the packages of package.json in ./node_modules
//
// The directory is in memory, so the folder must be empty. Settings come from the environment (PDS_...).
import path from 'node:path'
import { createRequire } from 'node:module'

const [pdsPort, plcPort, folder] = process.argv.slice(2)
const require = createRequire(path.join(process.cwd(), 'package.json'))

Object.assign(process.env, {
  PDS_PORT: pdsPort,
  PDS_DID_PLC_URL: `http://127.0.0.1:${plcPort}`,
  PDS_DATA_DIRECTORY: folder,
  PDS_BLOBSTORE_DISK_LOCATION: path.join(folder, 'blobs'),
  PDS_BLOBSTORE_DISK_TMP_LOCATION: path.join(folder, 'blobs-coming'),
  PDS_DEV_MODE: 'true',
  PDS_DISABLE_SSRF_PROTECTION: 'true',
  PDS_INVITE_REQUIRED: 'false',
})

const { PDS, envToCfg, envToSecrets, readEnv } = require('@atproto/pds')
const { Database, PlcServer } = require('@did-plc/server')

// Both would listen on every interface.
function stayHere(app) {
  const listen = app.listen.bind(app)
  app.listen = (port, ...rest) => listen(port, '127.0.0.1', ...rest)
}

const plc = PlcServer.create({ db: Database.mock(), port: Number(plcPort) })
stayHere(plc.app)
await plc.start()

const env = readEnv()
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
stayHere(pds.app)
await pds.start()
console.log('ready')
