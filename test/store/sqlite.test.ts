import { sqliteBench } from './bench.ts'
import { storeContract } from './contract.ts'

storeContract('the store in a SQLite file', sqliteBench)
