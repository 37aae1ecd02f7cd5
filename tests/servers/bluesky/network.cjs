// A Bluesky of its own: directory of accounts (PLC), server of accounts (PDS) and what search asks (AppView).
// Writes {"pds", "appview"} to the file READY when all of them answer, and ends with its standard input.
'use strict'

const dns = require('node:dns')
const fs = require('node:fs')
const { Server } = require('node:net')

// The servers listen on every address by themselves. Here they are to be reached from this machine only.
const { listen } = Server.prototype
Server.prototype.listen = function (...given) {
  const [where] = given
  const port = typeof where === 'object' && where !== null ? where.port : where
  if (port === undefined || Number.isNaN(Number(port))) return listen.apply(this, given)
  const done = given.find((argument) => typeof argument === 'function')
  return listen.call(this, { host: '127.0.0.1', port: Number(port) }, done)
}

// Nor do they look anything up outside.
const { lookup } = dns
dns.lookup = function (name, options, done = options) {
  if (name === 'localhost' || name === '127.0.0.1') return lookup.call(dns, '127.0.0.1', options, done)
  const error = Object.assign(new Error(`no look-up of ${name} in tests`), { code: 'ENOTFOUND' })
  process.nextTick(done, error)
}

const { TestBsky, TestPds, TestPlc, mockNetworkUtilities } = require('@atproto/dev-env')

async function start() {
  const pdsPort = Number(process.env.PDS_PORT)
  const plc = await TestPlc.create({})
  const appview = await TestBsky.create({
    plcUrl: plc.url,
    pdsPort,
    repoProvider: `ws://localhost:${pdsPort}`,
    dbPostgresUrl: process.env.DATABASE,
    dbPostgresSchema: 'appview',
  })
  const pds = await TestPds.create({
    port: pdsPort,
    hostname: 'localhost',
    didPlcUrl: plc.url,
    bskyAppViewUrl: appview.url,
    bskyAppViewDid: appview.ctx.cfg.serverDid,
  })
  mockNetworkUtilities(pds, appview)
  fs.writeFileSync(`${process.env.READY}.new`, JSON.stringify({ pds: pds.url, appview: appview.url }))
  fs.renameSync(`${process.env.READY}.new`, process.env.READY)
}

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
start().catch((error) => {
  console.error(error)
  process.exit(1)
})
