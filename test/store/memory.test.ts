import { memoryBench } from './bench.ts'
import { storeContract } from './contract.ts'

storeContract('the store in memory', memoryBench)
