#!/usr/bin/python3
"""tfjs_files.py FOLDER: every FOLDER/NAME.h5 as a TF.js layers model NAME.json + NAME.bin, as TensorFlow.js' converter
does it: the configuration as it stands, the weights in the order of layer_names. Written with h5py 3.7.0."""
import glob, json, sys
import h5py
import numpy as np

for path in glob.glob(sys.argv[1] + '/*.h5'):
    with h5py.File(path, 'r') as f, open(path[:-3] + '.bin', 'wb') as out:
        group, manifest = f['model_weights'], []
        names = [n for k in sorted(group.attrs) if k.startswith('layer_names') for n in group.attrs[k]]
        for layer in names:
            for name in group[layer].attrs['weight_names']:
                values = np.asarray(group[layer][name], '<f4')
                manifest.append({'name': name.decode()[:-2], 'shape': values.shape, 'dtype': 'float32'})
                out.write(values.tobytes())
        topology = {'keras_version': f.attrs['keras_version'], 'backend': 'tensorflow',
                    'model_config': json.loads(f.attrs['model_config'])}
    json.dump({'format': 'layers-model', 'modelTopology': topology,
               'weightsManifest': [{'paths': ['w'], 'weights': manifest}]}, open(path[:-3] + '.json', 'w'))
