export * from './device.ts';
export * from './output.ts';
export * from './shelly-gen1.ts';
export * from './shelly-gen2.ts';
export * from './tasmota.ts';
export * from './zigbee2mqtt.ts';
