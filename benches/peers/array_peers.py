"""SciPy, scikit-image, CuPy and cuCIM: libraries with NumPy's interface.

A peer has `calls`: case name -> function of the inputs, or a dictionary of several ways to do it, of which the fastest counts. Boundaries are
`nearest` as in Kernwerk; a case that a library cannot do is not in the dictionary.
"""
import functools
import math

import numpy as np

NEAREST = "nearest"


def ball(radius, axes):
    grid = np.indices((2 * radius + 1,) * axes) - radius
    return (grid**2).sum(0) <= radius * radius


def rotation(shape):
    """Matrix and offset from the result to the image, z y x: 30 degrees about z, then in 3-D 7 degrees about y, about the centre."""
    axes = len(shape)
    angle, tilt = math.radians(30), math.radians(7)
    matrix = np.eye(axes)
    matrix[-2:, -2:] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    if axes == 3:
        lean = np.eye(3)
        lean[0, 0], lean[0, 2], lean[2, 0], lean[2, 2] = math.cos(tilt), -math.sin(tilt), math.sin(tilt), math.cos(tilt)
        matrix = matrix @ lean
    centre = (np.array(shape) - 1) / 2
    return matrix, centre - matrix @ centre


def weights(extent, axes):
    """Those of `inputs.rs`: the upper 24 bits of a hash of each voxel's number."""
    value = np.arange(extent**axes, dtype=np.uint32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        value = (value ^ (value >> np.uint32(shift))) * np.uint32(factor)
    value ^= value >> np.uint32(16)
    return ((value >> np.uint32(8)) / np.float32(1 << 24)).astype(np.float32).reshape((extent,) * axes)


def marks(extent, axes):
    grid = np.indices((extent,) * axes) - extent // 2
    return (grid**2).sum(0) < 5.3


def spread(shape):
    """Those of `inputs.rs`: a Gaussian of sigma 2 over 17 voxels along each axis, fewer where the image has fewer."""
    shape = [min(max(extent // 2 * 2, 2), 18) - 1 for extent in shape]
    grid = np.indices(shape) - np.reshape([extent // 2 for extent in shape], (-1,) + (1,) * len(shape))
    kernel = np.exp(-(grid**2).sum(0) / 8)
    return (kernel / kernel.sum()).astype(np.float32)


def spread_around_origin(shape):
    kernel = spread(shape)
    padded = np.zeros(shape, np.float32)
    padded[tuple(slice(extent) for extent in kernel.shape)] = kernel
    return np.roll(padded, [-(extent // 2) for extent in kernel.shape], range(len(shape)))


class Peer:
    """What the timing needs to know of a library."""

    name = "?"
    on_gpu = False

    def version(self):
        return ""

    def synchronize(self):
        pass

    def free(self):
        pass

    def upload(self, array):
        return array

    def download(self, value):
        return np.asarray(value)


class ArrayPeer(Peer):
    """Calls that read the same in NumPy with SciPy and in CuPy."""

    distances_as_f32 = {}
    """What makes distances f32, where the library can."""

    def __init__(self, np_, ndi, fft):
        def gauss(sigma):
            return lambda x: ndi.gaussian_filter(x, sigma, mode=NEAREST, truncate=4.0)

        def wide_gauss(sigma):
            # Integer images are filtered in f32, as Kernwerk does.
            return lambda x: ndi.gaussian_filter(x, sigma, output=np_.float32, mode=NEAREST, truncate=4.0)

        def sobel(x):
            squares = sum(ndi.sobel(x, axis=axis, mode=NEAREST) ** 2 for axis in range(x.ndim))
            return np_.sqrt(squares)

        def variance(x):
            mean = ndi.uniform_filter(x, 5, mode=NEAREST)
            return ndi.uniform_filter(x * x, 5, mode=NEAREST) - mean * mean

        def dog(x):
            return gauss(1)(x) - gauss(3)(x)

        def otsu(x):
            counts, edges = np_.histogram(x, bins=256)
            counts, edges = self.download(counts).astype(float), self.download(edges).astype(float)
            centres = (edges[1:] + edges[:-1]) / 2
            below, above = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
            mean_below = np.cumsum(counts * centres) / np.maximum(below, 1)
            mean_above = (np.cumsum((counts * centres)[::-1]) / np.maximum(np.cumsum(counts[::-1]), 1))[::-1]
            spread = below[:-1] * above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2
            return x > np.float32(centres[:-1][np.argmax(spread)])

        def ones(x, extent=3):
            return np_.ones((extent,) * x.ndim, bool)

        @functools.lru_cache
        def kernel(make, extent, axes):
            return np_.asarray(make(extent, axes))

        @functools.lru_cache
        def transfer(shape):
            return fft.rfftn(np_.asarray(spread_around_origin(shape)))

        def blurred(x, otf):
            return fft.irfftn(fft.rfftn(x) * otf, x.shape)

        def richardson_lucy(x):
            otf = transfer(x.shape)
            estimate = np_.full_like(x, 0.5)
            for _ in range(5):
                estimate *= blurred(x / blurred(estimate, otf), otf.conj())
            return estimate

        def components(x):
            return ndi.label(x, structure=ones(x))[0]

        def voronoi(x):
            nearest = ndi.distance_transform_edt(x == 0, return_distances=False, return_indices=True)
            return components(x)[tuple(nearest[axis] for axis in range(x.ndim))]

        def expand(labels):
            distances, nearest = ndi.distance_transform_edt(labels == 0, return_indices=True, **self.distances_as_f32)
            grown = labels[tuple(nearest[axis] for axis in range(labels.ndim))]
            grown[distances > 10] = 0
            return grown

        def affine(x):
            matrix, offset = rotation(x.shape)
            return ndi.affine_transform(x, np_.asarray(matrix), tuple(offset), order=1, mode="constant", cval=0.0, prefilter=False)

        def block_mean(x):
            pairs = [part for extent in x.shape for part in (extent // 2, 2)]
            even = x[tuple(slice(0, extent // 2 * 2) for extent in x.shape)]
            return even.reshape(pairs).mean(axis=tuple(range(1, 2 * x.ndim, 2)), dtype=np_.float32)

        def zoom(x):
            return ndi.zoom(x, 0.5, order=1, mode=NEAREST, prefilter=False, grid_mode=True)

        self.calls = {
            "pointwise_chain_f32": lambda x: np_.sqrt(np_.abs(x * np_.float32(1.5) - np_.float32(0.25))) + x * x,
            "convert_u16_f32_scale": lambda x: np_.multiply(x, np_.float32(1 / 4095), dtype=np_.float32),
            "gauss_s1_f32": gauss(1),
            "gauss_s2_f32": gauss(2),
            "gauss_s5_f32": gauss(5),
            "gauss_s20_f32": gauss(20),
            "gauss_aniso_1_3_3_f32": lambda x: gauss((1, 3, 3)[-x.ndim:])(x),
            "gauss_s2_u16_f32out": wide_gauss(2),
            "dog_1_3_f32": dog,
            "mean_box_r2_f32": lambda x: ndi.uniform_filter(x, 5, mode=NEAREST),
            "mean_box_r10_f32": lambda x: ndi.uniform_filter(x, 21, mode=NEAREST),
            "variance_box_r2_f32": variance,
            "correlate_3_f32": lambda x: ndi.correlate(x, kernel(weights, 3, x.ndim), mode=NEAREST),
            "correlate_5_f32": lambda x: ndi.correlate(x, kernel(weights, 5, x.ndim), mode=NEAREST),
            "max_footprint_5_f32": lambda x: ndi.maximum_filter(x, footprint=kernel(marks, 5, x.ndim), mode=NEAREST),
            "max_box_r2_f32": lambda x: ndi.maximum_filter(x, 5, mode=NEAREST),
            "max_box_r7_u8": lambda x: ndi.maximum_filter(x, 15, mode=NEAREST),
            "max_sphere_r3_f32": lambda x: ndi.maximum_filter(x, footprint=np_.asarray(ball(3, x.ndim)), mode=NEAREST),
            "tophat_box_r5_f32": lambda x: ndi.white_tophat(x, size=(11,) * x.ndim, mode=NEAREST),
            "local_maxima_3_f32": lambda x: x == ndi.maximum_filter(x, 3, mode=NEAREST),
            "erode_box_r1_u8": {
                "binary_erosion": lambda x: ndi.binary_erosion(x, ones(x), border_value=1),
                "minimum_filter": lambda x: ndi.minimum_filter(x, 3, mode=NEAREST),
            },
            "median_box_r1_f32": lambda x: ndi.median_filter(x, 3, mode=NEAREST),
            "median_box_r1_u8": lambda x: ndi.median_filter(x, 3, mode=NEAREST),
            "median_box_r2_u8": lambda x: ndi.median_filter(x, 5, mode=NEAREST),
            "sobel_mag_f32": sobel,
            "laplace_f32": lambda x: ndi.laplace(x, mode=NEAREST),
            "sum_f32": lambda x: x.sum(),
            "minmax_f32": lambda x: (x.min(), x.max()),
            "meanstd_f32": lambda x: (x.mean(), x.std()),
            "proj_max_axis0_f32": lambda x: x.max(axis=0),
            "proj_max_lastaxis_f32": lambda x: x.max(axis=-1),
            "proj_std_axis0_f32": lambda x: x.std(axis=0),
            "proj_argmax_axis0_f32": lambda x: x.argmax(axis=0),
            "hist256_f32": lambda x: np_.histogram(x, bins=256, range=(0.0, 1.0))[0],
            "hist256_u8": lambda x: np_.bincount(x.ravel(), minlength=256),
            "otsu_mask_f32": otsu,
            "cumsum_axis0_f32": lambda x: np_.cumsum(x, axis=0),
            "cumsum_lastaxis_f32": lambda x: np_.cumsum(x, axis=-1),
            "ccl_full_u8": components,
            "edt_exact_u8": lambda x: ndi.distance_transform_edt(x, **self.distances_as_f32),
            "voronoi_labels_u8seeds": voronoi,
            "expand_labels_d10": expand,
            "label_stats": self.label_statistics,
            "affine_rot_linear_f32": affine,
            "block_mean_2x_f32": block_mean,
            "zoom_half_linear_f32": zoom,
            "transpose_zx_f32": lambda x: np_.ascontiguousarray(x.swapaxes(0, x.ndim - 1)),
            "flip_x_f32": lambda x: np_.ascontiguousarray(x[..., ::-1]),
            "crop_center_f32": lambda x: np_.ascontiguousarray(x[tuple(slice(n // 4, n // 4 + n // 2) for n in x.shape)]),
            "pad_8_f32": lambda x: np_.pad(x, 8, mode="edge"),
            # The transfer function is computed once, as a careful user does; Kernwerk computes it in each call.
            "fftconv_full_f32": lambda x: blurred(x, transfer(x.shape)),
            "rl_deconv_5it_f32": richardson_lucy,
        }

    def label_statistics(self, labels, image):
        """Area and mean only, by counting: the least that a careful user writes."""
        raise NotImplementedError


class SciPy(ArrayPeer):
    """SciPy and scikit-image on the CPU."""

    name = "scipy"

    def __init__(self):
        import scipy.fft as fft
        import scipy.ndimage as ndi
        from skimage import filters, measure, segmentation, transform

        super().__init__(np, ndi, fft)
        self.ndi = ndi
        self.measure = measure
        self.calls["otsu_mask_f32"] = lambda x: x > filters.threshold_otsu(x)
        self.calls["ccl_full_u8"] = {
            "scipy": self.calls["ccl_full_u8"],
            "skimage": lambda x: measure.label(x, connectivity=x.ndim),
        }
        self.calls["expand_labels_d10"] = {
            "scipy": self.calls["expand_labels_d10"],
            "skimage": lambda labels: segmentation.expand_labels(labels, 10),
        }
        self.calls["block_mean_2x_f32"] = {
            "numpy": self.calls["block_mean_2x_f32"],
            "skimage": lambda x: transform.downscale_local_mean(x, (2,) * x.ndim),
        }
        # Its rank filters leave out what is outside the image: other values at the faces.
        self.calls["mode_box_r1_u8"] = lambda x: filters.rank.modal(x, np.ones((3,) * x.ndim, np.uint8))
        self.calls["label_stats"] = {"regionprops": self.regionprops, "labeled": self.labeled}

    def version(self):
        import scipy
        import skimage

        return f"NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-image {skimage.__version__}"

    def upload(self, array):
        return array.copy()

    def regionprops(self, labels, image):
        properties = ("label", "area", "bbox", "centroid", "intensity_mean", "intensity_min", "intensity_max", "intensity_std")
        return self.measure.regionprops_table(labels, image, properties=properties)

    def labeled(self, labels, image):
        """The same statistics by `scipy.ndimage`'s functions over labels."""
        ndi, index = self.ndi, np.arange(1, int(labels.max()) + 1)
        area = np.bincount(labels.ravel(), minlength=len(index) + 1)[1:]
        return {
            "area": area,
            "mean": ndi.mean(image, labels, index),
            "std": ndi.standard_deviation(image, labels, index),
            "extrema": ndi.extrema(image, labels, index)[:2],
            "centroid": ndi.center_of_mass(np.ones_like(labels), labels, index),
            "boxes": ndi.find_objects(labels),
        }


class CuPy(ArrayPeer):
    """CuPy and its `cupyx.scipy.ndimage`."""

    name = "cupy"
    on_gpu = True
    distances_as_f32 = {"float64_distances": False}

    def __init__(self):
        import cupy
        import cupyx.scipy.fft as fft
        import cupyx.scipy.ndimage as ndi

        cupy.zeros(1)
        self.cupy = cupy
        super().__init__(cupy, ndi, fft)

    def version(self):
        return f"CuPy {self.cupy.__version__}"

    def synchronize(self):
        self.cupy.cuda.Device().synchronize()

    def free(self):
        self.cupy.get_default_memory_pool().free_all_blocks()

    def upload(self, array):
        return self.cupy.asarray(array)

    def download(self, value):
        return self.cupy.asnumpy(value)

    def label_statistics(self, labels, image):
        count = int(labels.max())
        area = self.cupy.bincount(labels.ravel(), minlength=count + 1)[1:]
        sums = self.cupy.bincount(labels.ravel(), weights=image.ravel(), minlength=count + 1)[1:]
        return {"area": area, "mean": sums / self.cupy.maximum(area, 1)}


class CuCIM(CuPy):
    """cuCIM: scikit-image's interface on CuPy."""

    name = "cucim"

    def __init__(self):
        super().__init__()
        import cucim
        from cucim.core.operations.morphology import distance_transform_edt
        from cucim.skimage import feature, filters, measure, morphology, segmentation, transform

        self.cucim = cucim
        cupy = self.cupy

        def gauss(sigma):
            return lambda x: filters.gaussian(x, sigma=sigma, mode=NEAREST, truncate=4.0, preserve_range=True)

        def ones(x, extent):
            return cupy.ones((extent,) * x.ndim, cupy.uint8)

        def voronoi(x):
            nearest = distance_transform_edt(x == 0, return_distances=False, return_indices=True)
            return measure.label(x)[tuple(nearest[axis] for axis in range(x.ndim))]

        properties = ("label", "area", "bbox", "centroid", "intensity_mean")
        self.calls = {
            "gauss_s1_f32": gauss(1),
            "gauss_s2_f32": gauss(2),
            "gauss_s5_f32": gauss(5),
            "gauss_s20_f32": gauss(20),
            "dog_1_3_f32": lambda x: filters.difference_of_gaussians(x, 1, 3, mode=NEAREST, truncate=4.0),
            "median_box_r1_f32": lambda x: filters.median(x, (3,) * x.ndim, mode=NEAREST),
            "median_box_r1_u8": lambda x: filters.median(x, (3,) * x.ndim, mode=NEAREST),
            "median_box_r2_u8": lambda x: filters.median(x, (5,) * x.ndim, mode=NEAREST),
            "max_box_r2_f32": lambda x: morphology.dilation(x, ones(x, 5)),
            "max_box_r7_u8": lambda x: morphology.dilation(x, ones(x, 15)),
            "max_sphere_r3_f32": lambda x: morphology.dilation(x, cupy.asarray(ball(3, x.ndim).astype(np.uint8))),
            "tophat_box_r5_f32": lambda x: morphology.white_tophat(x, ones(x, 11)),
            "sobel_mag_f32": lambda x: filters.sobel(x, mode=NEAREST),
            "laplace_f32": lambda x: filters.laplace(x, ksize=3),
            "otsu_mask_f32": lambda x: x > filters.threshold_otsu(x),
            "ccl_full_u8": lambda x: measure.label(x, connectivity=x.ndim),
            "edt_exact_u8": lambda x: distance_transform_edt(x, float64_distances=False),
            "voronoi_labels_u8seeds": voronoi,
            "expand_labels_d10": lambda labels: segmentation.expand_labels(labels, distance=10),
            "label_stats": lambda labels, image: measure.regionprops_table(labels, image, properties=properties),
            "block_mean_2x_f32": lambda x: transform.downscale_local_mean(x, (2,) * x.ndim),
            "local_maxima_3_f32": lambda x: feature.peak_local_max(x, min_distance=1, exclude_border=False),
            "erode_box_r1_u8": lambda x: morphology.binary_erosion(x, ones(x, 3)),
        }

    def version(self):
        return f"cuCIM {self.cucim.__version__} on {super().version()}"
