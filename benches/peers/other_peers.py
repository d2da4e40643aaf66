"""PyTorch and pyclesperanto: libraries with an interface of their own. See `array_peers` for what a peer is."""
import functools
import glob
import os
import tempfile

import numpy as np

from array_peers import Peer, marks, rotation, spread, spread_around_origin, weights


class Torch(Peer):
    """What a PyTorch user writes: convolutions and poolings along one axis after another."""

    name = "torch"
    on_gpu = True

    def __init__(self):
        import torch
        import torch.nn.functional as F

        if not torch.cuda.is_available():
            raise RuntimeError("PyTorch sees no GPU")
        self.torch = torch
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
        weights = {}

        def batched(x):
            return x.reshape((1, 1) + tuple(x.shape))

        def padded(x, axis, radius):
            """`x` with a border along one of its axes."""
            axes = x.ndim - 2
            border = [0, 0] * axes
            at = 2 * (axes - 1 - axis)
            border[at] = border[at + 1] = radius
            return F.pad(x, border, mode="replicate")

        def gauss_weights(sigma):
            if sigma not in weights:
                radius = int(4 * sigma + 0.5)
                line = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
                weights[sigma] = torch.tensor((line / line.sum()).astype(np.float32), device="cuda")
            return weights[sigma]

        def gauss(*sigmas):
            def run(x):
                y = batched(x.float())
                chosen = (sigmas * 3)[:3] if len(sigmas) == 1 else sigmas
                for axis, sigma in enumerate(chosen[-x.ndim:]):
                    line = gauss_weights(sigma)
                    shape = [1, 1] + [1] * x.ndim
                    shape[2 + axis] = line.numel()
                    convolve = F.conv3d if x.ndim == 3 else F.conv2d
                    y = convolve(padded(y, axis, line.numel() // 2), line.reshape(shape))
                return y.reshape(x.shape)

            return run

        def pooled(x, radius, kind):
            y = batched(x)
            for axis in range(x.ndim):
                window, border = [1] * x.ndim, [0] * x.ndim
                window[axis], border[axis] = 2 * radius + 1, radius
                if kind == "max":
                    y = (F.max_pool3d if x.ndim == 3 else F.max_pool2d)(y, window, 1, border)
                else:
                    y = (F.avg_pool3d if x.ndim == 3 else F.avg_pool2d)(padded(y, axis, radius), window, 1)
            return y.reshape(x.shape)

        def top_hat(x):
            return x - pooled(-pooled(-x, 5, "max"), 5, "max")

        def affine(x):
            # `grid_sample` has axes x y z and coordinates from -1 to 1 between the outer centres.
            matrix, offset = rotation(x.shape)
            extents = np.array(x.shape, float)
            to_unit = np.diag(2 / (extents - 1))
            turned = to_unit @ matrix @ np.diag((extents - 1) / 2)
            moved = to_unit @ (matrix @ ((extents - 1) / 2) + offset) - 1
            theta = np.concatenate([turned[::-1, ::-1], moved[::-1, None]], 1)[None].astype(np.float32)
            grid = F.affine_grid(torch.tensor(theta, device="cuda"), (1, 1) + tuple(x.shape), align_corners=True)
            return F.grid_sample(batched(x), grid, mode="bilinear", padding_mode="zeros", align_corners=True).reshape(x.shape)

        def block_mean(x):
            return (F.avg_pool3d if x.ndim == 3 else F.avg_pool2d)(batched(x), 2, 2)[0, 0]

        def zoom(x):
            return F.interpolate(batched(x), scale_factor=0.5, mode="trilinear" if x.ndim == 3 else "bilinear")[0, 0]

        @functools.lru_cache
        def transfer(shape):
            return torch.fft.rfftn(torch.tensor(spread_around_origin(shape), device="cuda"))

        def blurred(x, otf):
            return torch.fft.irfftn(torch.fft.rfftn(x).mul_(otf), s=tuple(x.shape))

        def richardson_lucy(x):
            otf = transfer(tuple(x.shape))
            conjugate = otf.conj().resolve_conj()
            estimate = torch.full_like(x, 0.5)
            for _ in range(5):
                estimate = estimate.mul_(blurred(x / blurred(estimate, otf), conjugate))
            return estimate

        @functools.lru_cache
        def weights_of(extent, axes):
            return torch.tensor(weights(extent, axes)[None, None], device="cuda")

        def correlate(extent):
            def run(x):
                y = F.pad(batched(x), (extent // 2,) * (2 * x.ndim), mode="replicate")
                convolve = F.conv3d if x.ndim == 3 else F.conv2d
                return convolve(y, weights_of(extent, x.ndim)).reshape(x.shape)

            return run

        self.calls = {
            "fftconv_full_f32": lambda x: blurred(x, transfer(tuple(x.shape))),
            "rl_deconv_5it_f32": richardson_lucy,
            "correlate_3_f32": correlate(3),
            "correlate_5_f32": correlate(5),
            "pointwise_chain_f32": lambda x: torch.sqrt(torch.abs(x * 1.5 - 0.25)) + x * x,
            "gauss_s1_f32": gauss(1),
            "gauss_s2_f32": gauss(2),
            "gauss_s5_f32": gauss(5),
            "gauss_s20_f32": gauss(20),
            "gauss_aniso_1_3_3_f32": gauss(1, 3, 3),
            "gauss_s2_u16_f32out": gauss(2),
            "dog_1_3_f32": lambda x: gauss(1)(x).sub_(gauss(3)(x)),
            "mean_box_r2_f32": lambda x: pooled(x, 2, "mean"),
            "mean_box_r10_f32": lambda x: pooled(x, 10, "mean"),
            "max_box_r2_f32": lambda x: pooled(x, 2, "max"),
            "tophat_box_r5_f32": top_hat,
            "local_maxima_3_f32": lambda x: x == pooled(x, 1, "max"),
            "sum_f32": lambda x: x.sum(),
            "minmax_f32": lambda x: tuple(torch.aminmax(x)),
            "meanstd_f32": lambda x: tuple(torch.std_mean(x, unbiased=False))[::-1],
            "proj_max_axis0_f32": lambda x: x.amax(dim=0),
            "proj_max_lastaxis_f32": lambda x: x.amax(dim=-1),
            "proj_std_axis0_f32": lambda x: x.std(dim=0, unbiased=False),
            "proj_argmax_axis0_f32": lambda x: x.argmax(dim=0),
            "hist256_f32": lambda x: torch.histc(x, 256, 0.0, 1.0),
            "cumsum_axis0_f32": lambda x: torch.cumsum(x, dim=0),
            "cumsum_lastaxis_f32": lambda x: torch.cumsum(x, dim=-1),
            "affine_rot_linear_f32": affine,
            "block_mean_2x_f32": block_mean,
            "zoom_half_linear_f32": zoom,
            "transpose_zx_f32": lambda x: x.transpose(0, x.ndim - 1).contiguous(),
            "flip_x_f32": lambda x: x.flip(x.ndim - 1),
            "crop_center_f32": lambda x: x[tuple(slice(n // 4, n // 4 + n // 2) for n in x.shape)].contiguous(),
            "pad_8_f32": lambda x: F.pad(batched(x), (8,) * (2 * x.ndim), mode="replicate")[0, 0],
        }

    def version(self):
        return f"PyTorch {self.torch.__version__}"

    def synchronize(self):
        self.torch.cuda.synchronize()

    def free(self):
        self.torch.cuda.empty_cache()

    def upload(self, array):
        # PyTorch has few kernels for unsigned types; our images stay below the sign bit.
        signed = {"uint16": np.int16, "uint32": np.int32}.get(array.dtype.name)
        return self.torch.from_numpy(np.ascontiguousarray(array if signed is None else array.view(signed))).to("cuda")

    def download(self, value):
        return value.detach().cpu().numpy()


class Clesperanto(Peer):
    """pyclesperanto with one of its back ends."""

    on_gpu = True

    def __init__(self, backend):
        if backend == "opencl":
            find_driver()
        import pyclesperanto as cle

        self.cle, self.backend, self.name = cle, backend, f"cle-{backend}"
        cle.select_backend(backend)
        try:
            self.device = cle.select_device("", "gpu")
        except Exception:  # its exceptions have no common type
            self.device = cle.select_device()
        self.on_gpu = "Device Type:                 CPU" not in self.device.info
        cle.wait_for_kernel_to_finish(False)
        self.one = cle.push(np.zeros((1, 1), np.float32))

        def sigmas(x, *values):
            z, y, sx = values if len(values) == 3 else values * 3
            return {"sigma_x": sx, "sigma_y": y, "sigma_z": z if len(x.shape) == 3 else 0}

        def radii(x, radius):
            return {"radius_x": radius, "radius_y": radius, "radius_z": radius if len(x.shape) == 3 else 0}

        def gauss(*values):
            return lambda x: cle.gaussian_blur(x, cle.create(tuple(x.shape), dtype=np.float32), **sigmas(x, *values))

        def projected(kind):
            def run(x):
                letter = "z" if len(x.shape) == 3 else "y"
                names = {"max": f"maximum_{letter}_projection", "std": f"std_{letter}_projection",
                         "argmax": f"{letter}_position_of_maximum_{letter}_projection"}
                return getattr(cle, names[kind])(x)

            return run

        def affine(x):
            # The forward matrix, x y z, on coordinates of index + 0.5.
            matrix, _ = rotation(x.shape)
            axes = len(x.shape)
            forward = np.linalg.inv(matrix)[::-1, ::-1]
            centre = np.array(x.shape[::-1]) / 2
            whole = np.eye(4)
            whole[:axes, :axes] = forward
            whole[:axes, 3] = centre - forward @ centre
            return cle.affine_transform(x, transform_matrix=whole, interpolate=True, resize=False)

        def dog(x):
            return cle.difference_of_gaussian(
                x, **{f"sigma{n}_{axis}": sigma if axis != "z" or len(x.shape) == 3 else 0
                      for n, sigma in ((1, 1), (2, 3)) for axis in "xyz"})

        def crop(x):
            s = x.shape
            box = {"start_x": s[-1] // 4, "start_y": s[-2] // 4, "width": s[-1] // 2, "height": s[-2] // 2}
            if len(s) == 3:
                box |= {"start_z": s[0] // 4, "depth": s[0] // 2}
            return cle.crop(x, **box)

        def summed(first):
            # Its axes are 0 = x, 1 = y, 2 = z.
            return lambda x: cle.cumulative_sum(x, axis=len(x.shape) - 1 if first else 0)

        @functools.lru_cache
        def pushed(make, *arguments):
            return cle.push(make(*arguments).astype(np.float32))

        self.calls = {
            # Its `convolve` correlates.
            "correlate_3_f32": lambda x: cle.convolve(x, pushed(weights, 3, len(x.shape))),
            "correlate_5_f32": lambda x: cle.convolve(x, pushed(weights, 5, len(x.shape))),
            "max_footprint_5_f32": lambda x: cle.dilation(x, pushed(marks, 5, len(x.shape))),
            "fftconv_full_f32": lambda x: cle.fft.convolve(x, pushed(spread, tuple(x.shape))),
            "rl_deconv_5it_f32": lambda x: cle.fft.deconvolve(x, pushed(spread, tuple(x.shape)), iteration=5),
            "pointwise_chain_f32": lambda x: cle.evaluate("sqrt(fabs(a * 1.5 - 0.25)) + a * a", {"a": x}),
            "convert_u16_f32_scale": lambda x: cle.multiply_image_and_scalar(x, cle.create(tuple(x.shape), dtype=np.float32), scalar=1 / 4095),
            "gauss_s1_f32": gauss(1),
            "gauss_s2_f32": gauss(2),
            "gauss_s5_f32": gauss(5),
            "gauss_s20_f32": gauss(20),
            "gauss_aniso_1_3_3_f32": gauss(1, 3, 3),
            "gauss_s2_u16_f32out": gauss(2),
            "dog_1_3_f32": dog,
            "mean_box_r2_f32": lambda x: cle.mean_filter(x, **radii(x, 2), connectivity="box"),
            "mean_box_r10_f32": lambda x: cle.mean_filter(x, **radii(x, 10), connectivity="box"),
            "variance_box_r2_f32": lambda x: cle.variance_filter(x, **radii(x, 2), connectivity="box"),
            "max_box_r2_f32": lambda x: cle.maximum_filter(x, **radii(x, 2), connectivity="box"),
            "max_box_r7_u8": lambda x: cle.maximum_filter(x, **radii(x, 7), connectivity="box"),
            "max_sphere_r3_f32": lambda x: cle.maximum_filter(x, **radii(x, 3), connectivity="sphere"),
            "tophat_box_r5_f32": lambda x: cle.top_hat(x, **radii(x, 5), connectivity="box"),
            "local_maxima_3_f32": lambda x: cle.detect_maxima(x, radius_x=0, radius_y=0, radius_z=0),
            "erode_box_r1_u8": lambda x: cle.binary_erode(x, **radii(x, 1), connectivity="box"),
            "median_box_r1_f32": lambda x: cle.median(x, **radii(x, 1), connectivity="box"),
            "median_box_r1_u8": lambda x: cle.median(x, **radii(x, 1), connectivity="box"),
            "median_box_r2_u8": lambda x: cle.median(x, **radii(x, 2), connectivity="box"),
            "mode_box_r1_u8": lambda x: cle.mode(x, **radii(x, 1), connectivity="box"),
            "sobel_mag_f32": lambda x: cle.sobel(x),
            "laplace_f32": lambda x: cle.laplace(x, connectivity="sphere"),
            "sum_f32": lambda x: cle.sum_of_all_pixels(x),
            "minmax_f32": lambda x: (cle.minimum_of_all_pixels(x), cle.maximum_of_all_pixels(x)),
            "meanstd_f32": lambda x: (cle.mean_of_all_pixels(x), cle.standard_deviation_of_all_pixels(x)),
            "proj_max_axis0_f32": projected("max"),
            "proj_max_lastaxis_f32": lambda x: cle.maximum_x_projection(x),
            "proj_std_axis0_f32": projected("std"),
            "proj_argmax_axis0_f32": projected("argmax"),
            "hist256_f32": lambda x: cle.histogram(x, num_bins=256, minimum_intensity=0.0, maximum_intensity=1.0),
            "hist256_u8": lambda x: cle.histogram(x, num_bins=256, minimum_intensity=0, maximum_intensity=255),
            "otsu_mask_f32": lambda x: cle.threshold_otsu(x),
            "cumsum_axis0_f32": summed(True),
            "cumsum_lastaxis_f32": summed(False),
            "ccl_full_u8": lambda x: cle.connected_component_labeling(x, connectivity="box"),
            "voronoi_labels_u8seeds": lambda x: cle.voronoi_labeling(x),
            "expand_labels_d10": lambda labels: cle.dilate_labels(labels, radius=10),
            "label_stats": lambda labels, image: cle.labels_statistics(labels, image),
            "affine_rot_linear_f32": affine,
            "zoom_half_linear_f32": lambda x: cle.scale(
                x, factor_x=0.5, factor_y=0.5, factor_z=0.5 if len(x.shape) == 3 else 1, interpolate=True, resize=True),
            "transpose_zx_f32": lambda x: cle.transpose_xz(x) if len(x.shape) == 3 else cle.transpose_xy(x),
            "flip_x_f32": lambda x: cle.flip(x, flip_x=True, flip_y=False, flip_z=False),
            "crop_center_f32": crop,
            "pad_8_f32": lambda x: cle.pad(
                x, size_x=x.shape[-1] + 16, size_y=x.shape[-2] + 16,
                size_z=x.shape[0] + 16 if len(x.shape) == 3 else 1, center=True),
        }

    def version(self):
        return f"pyclesperanto {self.cle.__version__}, {self.backend}, {self.device.name}"

    def synchronize(self):
        # The queue is in order: a blocking read waits for everything before it.
        self.cle.pull(self.one)

    def upload(self, array):
        return self.cle.push(array)

    def download(self, value):
        return np.asarray(self.cle.pull(value)) if hasattr(value, "shape") and not isinstance(value, np.ndarray) else np.asarray(value)


def find_driver():
    """Points OpenCL's loader at NVIDIA's library where no vendor is registered."""
    if glob.glob("/etc/OpenCL/vendors/*.icd") or os.environ.get("OCL_ICD_VENDORS"):
        return
    for pattern in ("/usr/local/nvidia/lib64/libnvidia-opencl.so*", "/usr/lib*/**/libnvidia-opencl.so*"):
        for library in sorted(glob.glob(pattern, recursive=True))[:1]:
            folder = tempfile.mkdtemp()
            with open(os.path.join(folder, "nvidia.icd"), "w") as file:
                file.write(library + "\n")
            os.environ["OCL_ICD_VENDORS"] = folder
            return
